// Libraries that the algorithm needs, such as:
// libraryDependencies += "org.apache.commons" % "commons-math3" % "3.6.1"
