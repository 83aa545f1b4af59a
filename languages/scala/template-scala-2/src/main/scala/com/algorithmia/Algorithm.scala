package com.algorithmia

import com.algorithmia.handler.AbstractAlgorithm

import scala.util.{Success, Try}

/** Calls bring what play-json's Reads make of a request, here a text. */
class Algorithm extends AbstractAlgorithm[String, String] {

  /** Runs once, before the first call: models and connections belong here. */
  override def load(): Try[Unit] = Success(())

  override def apply(input: String): Try[String] = Success(s"hello $input")
}

object Algorithm {
  def main(arguments: Array[String]): Unit = Algorithmia.handler(new Algorithm).serve()
}
