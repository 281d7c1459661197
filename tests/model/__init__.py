"""One company's programme, written anew from the documents alone and driven beside the product.

Nothing here knows the product's rules: `arithmetic` is what a sale earns, `books` is one card,
`programme` the verbs with their refusals, `driver` plays the same random steps to both.
"""
