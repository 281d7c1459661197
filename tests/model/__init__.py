"""One company's programme, written anew from the documents alone and driven beside the product.

Nothing here knows the product's rules. The model: `arithmetic` is what a sale earns, `books` one
card, `ground`, `earning`, `spending` and `programme` the verbs with their refusals. The driver:
`products` asks the product, `world` plays a verb to both and compares, `steps` draws the verbs.
"""
