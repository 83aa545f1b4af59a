import os

ADDRESS = os.getenv('SERVICE_ADDRESS')
PORT = int(os.getenv('SERVICE_UDP_PORT'))
