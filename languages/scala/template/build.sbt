name := "algorithm"
organization := "algorithmia"
version := "1.0-SNAPSHOT"
scalaVersion := "2.13.18"

libraryDependencies += "org.scalatest" %% "scalatest" % "3.2.19" % Test
