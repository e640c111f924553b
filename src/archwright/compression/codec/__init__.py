"""Codec: what is left of a weight tensor, how it is coded, and the `.awz` file that holds a whole model.

`packed` holds masks, codes and codebooks; `relative_index` says where weights stand; `huffman` and `rans` code symbols,
`symbol_streams` and `byte_fields` frame them; `model_file` writes and reads the file, bit for bit, and `accounting`
counts its bytes before anything is written.
"""
