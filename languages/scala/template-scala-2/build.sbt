name := "algorithm"
organization := "com.algorithmia"
version := "1.0-SNAPSHOT"
scalaVersion := "2.13.18"

libraryDependencies += "com.typesafe.play" %% "play-json" % "2.10.8"
