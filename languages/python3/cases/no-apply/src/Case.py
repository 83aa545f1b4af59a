name = "Case"
