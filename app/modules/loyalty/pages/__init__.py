"""Pages of the loyalty module, by audience; one file per page."""

from .... import surfaces
from . import admin, operators, storefront, terminal, wallet_apple, wallet_google

surfaces.admin.register_blueprint(admin.pages)
surfaces.platform.register_blueprint(operators.pages)
surfaces.terminal.register_blueprint(terminal.pages)
surfaces.storefront.register_blueprint(storefront.pages)
surfaces.wallet.register_blueprint(wallet_apple.pages)
surfaces.wallet.register_blueprint(wallet_google.pages)
