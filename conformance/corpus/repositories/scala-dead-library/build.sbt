name := "Ranking"

scalaVersion := "2.11.8"

resolvers += "Packages of somebody" at "http://packages.example.com/maven"

libraryDependencies += "com.google.code.gson" % "gson" % "2.5"

libraryDependencies += "org.example.gone" % "ranking" % "0.17.1-s_2.11"
