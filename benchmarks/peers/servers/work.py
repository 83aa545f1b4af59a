"""The work that every Python server here does, and the algorithm that Algorist is given: which one, the input says."""
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

model = LogisticRegression(max_iter=500).fit(*load_iris(return_X_y=True))


def apply(input):
    if "name" in input:
        return "Hello " + input["name"]
    if "data" in input:
        return input["data"]
    return model.predict(input["x"]).tolist()
