import Algorithmia
import numpy as np
from scipy import sparse
from sklearn.neighbors import NearestNeighbors
import pickle

client = Algorithmia.client()


def load_model():
    name = client.file("data://__USER__/Models/knn.pkl").getFile().name
    with open(name, 'rb') as f:
        return pickle.load(f)


def load_items():
    return np.load(client.file("data://__USER__/Models/items.npy").getFile().name, allow_pickle=True)


knn = load_model()
items = load_items()


def apply(input):
    _, places = knn.kneighbors(sparse.csr_matrix([input]), n_neighbors=2)
    return [items[place] for place in places.squeeze()]
