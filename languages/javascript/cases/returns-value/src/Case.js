exports.apply = (input) => [input]
