// Stands in for the package `handler` of algorithmia-scala 1.0 (runtime.md 3.8). Compiled with each algorithm that uses it, by
// its version of Scala.
package com.algorithmia.handler

import algorist.bridge.{Algorithm => Served, Answer, Input, Worker}
import play.api.libs.json.{JsString, JsValue, Json, Reads, Writes}
import scala.reflect.ClassTag
import scala.util.{Failure, Success, Try}

/** An algorithm with typed input and output. `load` runs once, before the first call. */
trait AbstractAlgorithm[I, O] {
  def apply(input: I): Try[O]
  def load(): Try[Unit] = Success(())
}

object AbstractAlgorithm {
  /** Early versions had the trait in here. */
  type AbstractAlgorithm[I, O] = com.algorithmia.handler.AbstractAlgorithm[I, O]
}

/** Serves an algorithm: text and JSON are what `Reads` makes of them, bytes go to an `Array[Byte]`. */
class Handler[I, O](val algorithm: AbstractAlgorithm[I, O])(implicit reads: Reads[I], writes: Writes[O], input: ClassTag[I]) {
  /** Loads the algorithm and answers calls. Does not return. */
  def serve(): Unit = Try(algorithm.load()).flatten match {
    case Failure(error) => Worker.failToLoad(error)
    case Success(_) => Worker.serve(new Served {
      override def apply(input: Input): Answer =
        Try(read(input).flatMap(algorithm.apply)).flatten match {
          case Success(output) => answer(output)
          case Failure(error) => throw new Reported(error)
        }
    })
  }

  private def read(given: Input): Try[I] =
    if (given.isBytes && input.runtimeClass == classOf[Array[Byte]]) Success(given.bytes.asInstanceOf[I])
    else {
      val value = valueOf(given)
      reads.reads(value).asOpt match {
        case Some(found) => Success(found)
        case None => Failure(new Exception(s"Unable to convert $value into $input"))
      }
    }

  private def valueOf(given: Input): JsValue =
    if (given.isBytes) JsString(java.util.Base64.getEncoder.encodeToString(given.bytes))
    else if (given.isText) JsString(given.text)
    else Json.parse(given.bytes)

  private def answer(output: O): Answer = output match {
    case text: String => Answer.text(text)
    case bytes: Array[Byte] => Answer.bytes(bytes)
    case _ => Answer.json(Json.stringify(writes.writes(output)))
  }
}

/** A failure as the old platform told it: the message begins with the class, and the type is the class. */
private class Reported(error: Throwable) extends RuntimeException(s"${Reported.shortName(error)}: ${Option(error.getMessage).getOrElse("")}") {
  val error_type: String = error.getClass.toString
  val stacktrace: String = Reported.traceOf(error)
}

private object Reported {
  def traceOf(error: Throwable): String = {
    val text = new java.io.StringWriter
    error.printStackTrace(new java.io.PrintWriter(text))
    text.toString
  }

  def shortName(error: Throwable): String = error.getClass.getName.split('.').last.replace('$', '.')
}
