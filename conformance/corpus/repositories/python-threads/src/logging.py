class Logger():
    def __init__(self):
        self.events = []

    def emit(self, message):
        self.events.append(message)
