"""The expected "no" of a backup and a restore."""

from ..errors import Refusal

STRANGE = "What is in it is no database of Regulars. Nothing was changed."


class BackupRefused(Refusal):
    code = "backup-refused"
    title = "Not possible like this"
