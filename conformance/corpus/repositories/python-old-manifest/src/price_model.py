#!/usr/bin/env python
# coding: utf-8

# In[1]:
import Algorithmia
import hashlib
import json
import os.path

client = Algorithmia.client()


def load_manifest(path="model_manifest.json"):
    with open("{}/{}".format(os.getcwd(), path)) as file:
        return json.load(file)


# In[2]:
manifest = load_manifest()
model_file = client.file(manifest["model_filepath"]).getFile().name
with open(model_file, "rb") as f:
    model_bytes = f.read()
assert hashlib.md5(model_bytes).hexdigest() == manifest["model_md5_hash"]
print("Model file MD5 assertion done.")
model = json.loads(model_bytes)


def apply(input):
    return {"price": model["base"] + model["per_room"] * input, "origin": manifest["model_origin_commit_SHA"]}


# In[ ]:
