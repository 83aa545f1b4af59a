// Calls of other algorithms, for client.scala.
package com.algorithmia.algo

import com.algorithmia.{AlgorithmException, AlgorithmiaClient}
import java.net.URLEncoder
import play.api.libs.json.{JsString, JsValue, Json, Reads, Writes}
import scala.concurrent.duration.FiniteDuration

class Algorithm(client: AlgorithmiaClient, reference: String, options: Map[String, String] = Map.empty) {
  def withOptions(more: (String, String)*): Algorithm = new Algorithm(client, reference, options ++ more)
  def withTimeout(timeout: FiniteDuration): Algorithm = withOptions("timeout" -> timeout.toSeconds.toString)
  def withStdout(isWanted: Boolean): Algorithm = withOptions("stdout" -> isWanted.toString)

  def pipe(text: String): AlgoResponse = call("text/plain", text.getBytes("UTF-8"))
  def pipe(bytes: Array[Byte]): AlgoResponse = call("application/octet-stream", bytes)
  def pipe[T](value: T)(implicit writes: Writes[T]): AlgoResponse = pipeJson(Json.stringify(writes.writes(value)))
  def pipeJson(json: String): AlgoResponse = call("application/json", json.getBytes("UTF-8"))

  override def toString: String = s"algo://$reference"

  private def call(contentType: String, body: Array[Byte]): AlgoResponse = {
    val query = options.map { case (name, value) => s"$name=${URLEncoder.encode(value, "UTF-8")}" }.mkString("&")
    val reply = client.send("POST", s"/v1/algo/$reference${if (query.isEmpty) "" else s"?$query"}", contentType, body)
    new AlgoResponse(Json.parse(reply.body))
  }
}

case class Metadata(contentType: String, duration: Double, stdout: Option[String])

/** What another algorithm answered. Reading an error throws it. */
class AlgoResponse(reply: JsValue) {
  def metadata: Metadata = {
    val found = reply \ "metadata"
    Metadata((found \ "content_type").asOpt[String].getOrElse("void"), (found \ "duration").asOpt[Double].getOrElse(0.0), (found \ "stdout").asOpt[String])
  }

  def rawOutput: String = Json.stringify(reply)
  def asJsonString: String = Json.stringify(result)
  def as[T](implicit reads: Reads[T]): T = result.as[T]

  def asString: String = result match {
    case JsString(text) => text
    case other => Json.stringify(other)
  }

  def asBytes: Array[Byte] = java.util.Base64.getMimeDecoder.decode(asString)

  private def result: JsValue = {
    (reply \ "error" \ "message").asOpt[String].foreach(message => throw new AlgorithmException(message))
    (reply \ "result").as[JsValue]
  }
}
