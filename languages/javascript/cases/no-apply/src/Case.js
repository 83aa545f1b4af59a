exports.name = 'Case'
