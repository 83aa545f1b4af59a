print("a web site")
