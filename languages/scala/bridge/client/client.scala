// Stands in for the client of algorithmia-scala: algorithms and data of the platform, over its own address. Compiled with each
// algorithm that uses it, by its version of Scala.
package com.algorithmia

import com.algorithmia.algo.Algorithm
import com.algorithmia.data.{DataDirectory, DataFile}
import com.algorithmia.handler.{AbstractAlgorithm, Handler}
import java.net.URI
import java.net.http.{HttpClient, HttpRequest, HttpResponse}
import play.api.libs.json.{Reads, Writes}
import scala.reflect.ClassTag

object Algorithmia {
  private lazy val own = new AlgorithmiaClient(None)

  /** Of the algorithm itself: it needs no key. */
  def client(): AlgorithmiaClient = own
  def client(key: String): AlgorithmiaClient = new AlgorithmiaClient(Option(key).filter(_.nonEmpty))
  def client(key: String, address: String): AlgorithmiaClient = new AlgorithmiaClient(Option(key).filter(_.nonEmpty), address)

  def algo(reference: String): Algorithm = own.algo(reference)
  def file(uri: String): DataFile = own.file(uri)
  def dir(uri: String): DataDirectory = own.dir(uri)

  def handler[I: Reads: ClassTag, O: Writes](algorithm: AbstractAlgorithm[I, O]): Handler[I, O] = new Handler(algorithm)
}

class APIException(message: String) extends Exception(message)
class AlgorithmException(message: String) extends Exception(message)

class AlgorithmiaClient(key: Option[String], address: String = sys.env.getOrElse("ALGORITHMIA_API", "")) {
  private lazy val http = HttpClient.newHttpClient()

  def algo(reference: String): Algorithm = new Algorithm(this, reference.stripPrefix("algo://").stripPrefix("/"))
  def file(uri: String): DataFile = new DataFile(this, uri)
  def dir(uri: String): DataDirectory = new DataDirectory(this, uri)

  /** The reply to a request, whatever its status. @param path with `/v1` and what follows it */
  private[algorithmia] def send(method: String, path: String, contentType: String, body: Array[Byte]): HttpResponse[Array[Byte]] = {
    val request = HttpRequest.newBuilder(URI.create(address.stripSuffix("/") + path)).header("Content-Type", contentType)
    key.foreach(simple => request.header("Authorization", s"Simple $simple"))
    http.send(request.method(method, HttpRequest.BodyPublishers.ofByteArray(body)).build(), HttpResponse.BodyHandlers.ofByteArray())
  }

  /** The body of a reply that is no error. @throws APIException with the reply's text */
  private[algorithmia] def fetch(method: String, path: String, contentType: String = "application/json", body: Array[Byte] = Array()): Array[Byte] = {
    val reply = send(method, path, contentType, body)
    if (reply.statusCode >= 400) throw new APIException(s"${reply.statusCode} - ${new String(reply.body, "UTF-8")}")
    reply.body
  }
}
