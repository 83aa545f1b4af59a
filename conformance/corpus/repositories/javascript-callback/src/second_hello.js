Algorithmia = require("algorithmia");

exports.apply = function(input, cb) {
  counted = (typeof counted === "undefined" ? 0 : counted) + 1;
  if (Buffer.isBuffer(input)) return cb(null, new Buffer("seen ").toString() + input.length);
  if (!input) return cb("nobody to greet");
  cb(null, "Hello " + input);
};
