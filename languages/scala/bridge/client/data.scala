// Files and folders of the platform, for client.scala.
package com.algorithmia.data

import com.algorithmia.AlgorithmiaClient
import java.io.File
import java.nio.file.Files
import play.api.libs.json.{JsArray, Json}

/** What files and folders have in common: their address, `data://owner/folder` or that of a connector. */
abstract class DataObject(client: AlgorithmiaClient, uri: String) {
  private val parts = uri.split("://", 2)
  private val scheme = if (parts.length == 2) parts(0) else "data"
  protected val path: String = parts.last.stripPrefix("/").stripSuffix("/")

  /** Its place in the API. */
  protected val url: String = if (scheme == "data") s"/v1/data/$path" else s"/v1/connector/$scheme/$path"

  def getName: String = path.split('/').last
  def exists: Boolean = client.send("HEAD", url, "application/json", Array()).statusCode < 400
  override def toString: String = s"$scheme://$path"
}

class DataFile(client: AlgorithmiaClient, uri: String) extends DataObject(client, uri) {
  def getBytes: Array[Byte] = client.fetch("GET", url)
  def getString: String = new String(getBytes, "UTF-8")

  /** A copy of it on this machine. */
  def getFile: File = {
    val copy = File.createTempFile("algorithmia", getName)
    Files.write(copy.toPath, getBytes)
    copy
  }

  def put(bytes: Array[Byte]): Unit = client.fetch("PUT", url, "application/octet-stream", bytes)
  def put(text: String): Unit = put(text.getBytes("UTF-8"))
  def put(file: File): Unit = put(Files.readAllBytes(file.toPath))
  def delete(): Unit = client.fetch("DELETE", url)
}

class DataDirectory(client: AlgorithmiaClient, uri: String) extends DataObject(client, uri) {
  def file(name: String): DataFile = new DataFile(client, s"$this/$name")
  def putFile(local: File): DataFile = {
    val target = file(local.getName)
    target.put(local)
    target
  }

  def create(): Unit = {
    val (parent, name) = url.splitAt(url.lastIndexOf('/'))
    client.fetch("POST", parent, body = Json.stringify(Json.obj("name" -> name.drop(1))).getBytes("UTF-8"))
  }

  def delete(force: Boolean = false): Unit = client.fetch("DELETE", s"$url?force=$force")
  def files: Iterator[DataFile] = names("files", "filename").map(file)
  def dirs: Iterator[DataDirectory] = names("folders", "name").map(name => new DataDirectory(client, s"$this/$name"))

  /** Page after page, until one says that there is no more. */
  private def names(list: String, member: String): Iterator[String] = {
    def page(marker: String): Iterator[String] = {
      val reply = Json.parse(client.fetch("GET", s"$url$marker"))
      val found = (reply \ list).asOpt[JsArray].map(_.value.iterator).getOrElse(Iterator.empty).map(item => (item \ member).as[String])
      val next = (reply \ "marker").asOpt[String]
      found ++ next.iterator.flatMap(text => page(s"?marker=${java.net.URLEncoder.encode(text, "UTF-8")}"))
    }
    page("")
  }
}
