"""The model server: an ASGI app on ONNX Runtime, and a local endpoint made of several of them."""
