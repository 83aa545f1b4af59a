from Algorithmia import ADK

ADK(lambda input: input).init()
