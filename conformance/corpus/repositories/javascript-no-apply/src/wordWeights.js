const Algorithmia = require("algorithmia");
const keys = require("../config/keys");

// var input = "Maca";
var input = [["badger badger mushroom", "antelope mushroom"], 2];
Algorithmia.client(keys.key)
    .algo("nlp/KeywordsForDocumentSet/0.1.7")
    .pipe(input)
    .then(function (output) {
        console.log(output.get());
    });

// exports.apply = function (input, cb) {
//     cb(null, "Hello " + input);
// };
