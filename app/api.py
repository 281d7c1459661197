"""The API's decorator: validates, documents, renders."""
