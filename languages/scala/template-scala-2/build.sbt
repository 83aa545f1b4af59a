name := "algorithm"
organization := "com.algorithmia"
version := "1.0-SNAPSHOT"
scalaVersion := "2.13.18"

// play-json, which handlers read and write values with, comes from the platform. For an editor:
// libraryDependencies += "com.typesafe.play" %% "play-json" % "2.10.8"
