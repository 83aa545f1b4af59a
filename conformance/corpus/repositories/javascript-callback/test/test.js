var hello = require('../src/second_hello.js');

describe('Algorithm', function() {
  it('should result in a hello message', function(done) {
    hello.apply("Jane", function(err, res) {
      done(err || (res == "Hello Jane" ? null : res));
    });
  });
});
