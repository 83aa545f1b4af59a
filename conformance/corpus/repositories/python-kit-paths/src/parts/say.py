def hello(name: str):
    return f"hello {name}."
