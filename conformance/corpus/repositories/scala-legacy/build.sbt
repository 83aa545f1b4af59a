name := "helloscala"

organization := "algorithmia"

// Allow version to be overwritten with "-DalgoVersion=N"
version := System.getProperty("algo.version", "1.0-SNAPSHOT")

scalaVersion := "2.11.11"

mainClass in Compile := Some("algorithmia.Main")

libraryDependencies ++= Seq(
  "com.algorithmia" % "algorithmia-client" % "1.0.+",
  "com.algorithmia" % "algorithmia-extras" % "1.0.+",
  "com.google.code.gson" % "gson" % "2.5"
)

libraryDependencies += "org.scalatest" %% "scalatest" % "3.0.1" % s"$Test, $IntegrationTest"

retrieveManaged := true

// Don't convert name to lowercase
normalizedName := name.value

// Tests of the algorithm as it is served
configs(IntegrationTest)
Defaults.itSettings
