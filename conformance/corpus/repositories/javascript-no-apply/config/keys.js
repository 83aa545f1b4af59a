module.exports = { key: "simAKeyOfAnotherPlatform1" };
