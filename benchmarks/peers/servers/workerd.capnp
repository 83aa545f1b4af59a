using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "main", worker = .main)],
  sockets = [(name = "http", address = "127.0.0.1:8080", http = (), service = "main")],
);

const main :Workerd.Worker = (
  modules = [
    (name = "engine.mjs", esModule = embed "engine.mjs"),
    (name = "work.mjs", esModule = embed "work.mjs"),
  ],
  compatibilityDate = "2026-11-01",
);
