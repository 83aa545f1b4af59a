import Algorithmia


def apply(input):
    client = Algorithmia.client()
    if isinstance(input, str):
        if not client.dir(input).exists():
            raise Exception("{} is no folder, or you may not see it".format(input))
        files = ["data://" + file.path for file in client.dir(input).files()]
    elif isinstance(input, list):
        files = input
    else:
        raise Exception("expected str or list, found {}".format(str(type(input))))

    output = {}
    for url in files:
        body = client.algo("__USER__/ReadText/0.1.1").pipe(url).result.rstrip("\n")
        if client.algo("__USER__/WhichLanguage/1.0.0").pipe({"sentence": body}).result != 'en':
            body = client.algo("__USER__/Translate").pipe({"text": body}).result["translation"]
        moods = []
        for sentence in client.algo("algo://__USER__/Sentences/0.1").pipe(body).result:
            print(url + " -> " + sentence)
            moods.append(client.algo("__USER__/Mood/1.0.5").pipe({"document": sentence}).result[0]["mood"])
        output[url] = {"average mood": sum(moods) / len(moods)}
    return output


if __name__ == "__main__":
    print(apply("data://somebody/elsewhere"))
