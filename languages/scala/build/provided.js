'use strict'
// What the platform stands in for: the clients of the old platform, in any version, and gson, which Debian brings.

const GSON = '/usr/share/java/gson.jar'

function isProvided({ organization, name }) {
  return organization === 'com.algorithmia' || (organization === 'com.google.code.gson' && name === 'gson')
}

module.exports = { GSON, isProvided }
