/** The life of Java algorithms on a server: the template untouched, old and modern ways, Maven, builds that go wrong. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { expectGreen, logOf, publish, push, pushGreen, type Workshop, waitForBuild } from '../lib/algorithms.ts'
import { curl } from '../lib/curl.ts'
import { answerOf, create, expectGreeting, failedLog, resultOf } from '../lib/language-life.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { lacksToolchain } from '../lib/toolchains.ts'

const skip = lacksToolchain('java')
const SOURCE = 'src/main/java/algorithmia/Greeter/Greeter.java'

describe('a Java algorithm', { skip, timeout: 1_200_000 }, () => {
  let target: Target
  let shop: Workshop
  before(async () => {
    target = await startTarget()
    shop = await create(target, 'Greeter', 'java')
  })
  after(() => target?.close())

  test('the template is built as it is, without Maven, and greets', async (t) => {
    const build = await expectGreen(shop, await waitForBuild(shop))
    await expectGreeting(t, shop, build.commit_sha, 'Hello Jane')
    assert.match(await logOf(shop, build), /nothing to install/)
  })

  test('an edit is called by commit and published by range; the client sees files and other algorithms', async () => {
    const program = `package algorithmia.Greeter;

import com.algorithmia.Algorithmia;
import com.algorithmia.data.DataDirectory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

public class Greeter {
    public static class Person {
        String name;
        int age = 7;
    }

    private final DataDirectory notes = Algorithmia.client().dir("data://.my/java_notes");

    public Map<String, Object> apply(Person person) throws Exception {
        if (!notes.exists()) notes.create();
        notes.file("größe & more.txt").put(person.name);
        List<String> names = new ArrayList<>();
        notes.files().forEach(file -> names.add(file.getName()));
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("names", names);
        answer.put("text", notes.file("größe & more.txt").getString());
        answer.put("inner", Algorithmia.client().algo("algo://${target.username}/Inner/0.1.0").pipe(person.name).asString());
        answer.put("age", person.age);
        answer.put("folder", new java.io.File("algorithmia.conf").exists());
        return answer;
    }
}
`
    const inner = await create(target, 'Inner', 'java')
    await expectGreen(inner, await waitForBuild(inner))
    await publish(inner)
    const sha = await pushGreen(shop, { [SOURCE]: program })
    const expected = { names: ['größe & more.txt'], text: 'Zoë', inner: 'Hello Zoë', age: 7, folder: true }
    assert.deepEqual(await resultOf(shop, sha, { name: 'Zoë' }), expected)
    await publish(shop, { settings: { algorithm_callability: 'public' } })
    assert.deepEqual(await resultOf(shop, '0.1.*', { name: 'Zoë', age: 7 }), expected)
  })

  test('errors, exits and prints are told to the caller, and the next call finds a worker', async (t) => {
    const program = `package app;

import java.util.Map;

public class Greeter {
    public record Order(String what, int code) {}

    private String state;

    public void load() {
        state = "loaded";
    }

    public Map<String, Object> apply(Order order) {
        System.out.println("out " + order.what());
        if (order.what().equals("throw")) throw new IllegalStateException("no good");
        if (order.what().equals("exit")) System.exit(order.code());
        return Map.of("state", state);
    }
}
`
    const build = await push(shop, { 'src/main/java/app/Greeter.java': program }, SOURCE)
    await expectGreen(shop, build)
    assert.match(await logOf(shop, build), /algorithm: app\.Greeter, Map apply\(Order\)/)
    const sha = build.commit_sha
    const thrown = await answerOf(shop, `${sha}?stdout=true`, { what: 'throw' })
    assert.equal(thrown.error.message, 'no good')
    assert.match(
      thrown.error.stacktrace,
      /^java\.lang\.IllegalStateException: no good\n\tat app\.Greeter\.apply\(Greeter\.java:16\)\n$/,
    )
    assert.equal(thrown.metadata.stdout, 'out throw\n')
    const ended = await answerOf(shop, sha, { what: 'exit', code: 3 })
    assert.deepEqual([ended.error.message, ended.error.error_type], ['exited with code 3', 'SystemExit'])
    const startMs = performance.now()
    assert.deepEqual(await resultOf(shop, sha, { what: 'go' }), { state: 'loaded' })
    t.diagnostic(`new worker of a loaded version: ${Math.round(performance.now() - startMs)} ms`)
  })

  test('a dependency comes from the registry, and is kept for the next build', async (t) => {
    const program = `package app;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

public class Greeter {
    public JsonElement apply(JsonElement input) {
        JsonObject answer = new JsonObject();
        answer.add("got", input);
        return answer;
    }
}
`
    const build = await push(shop, { 'src/main/java/app/Greeter.java': program, 'pom.xml': pomWith('2.8.0') })
    const log = await logOf(shop, build)
    if (/Could not transfer|Unknown host|Temporary failure|timed out/.test(log)) return t.skip('no registry answers')
    await expectGreen(shop, build)
    assert.match(log, /^resolved: com\.google\.code\.gson:gson:jar:2\.8\.0$/m)
    const text = '{"b":[1.0,12345678901234567890]}'
    const answer = await curl('POST', `${shop.callUrl}/${build.commit_sha}`, {
      key: shop.owner.key,
      contentType: 'application/json',
      body: text,
    })
    const body = answer.body.toString()
    assert.ok(body.includes(`"result":{"got":${text}}`), body)

    const startMs = performance.now()
    const again = await pushGreen(shop, { 'notes.txt': 'changed' })
    t.diagnostic(`clone, push and build with unchanged packages: ${Math.round(performance.now() - startMs)} ms`)
    assert.deepEqual(await resultOf(shop, again, 'Jane'), { got: 'Jane' })
  })

  test('a wrong build says which file, and what was expected', async () => {
    const syntax = await failedLog(shop, {
      'pom.xml': pomWith(null),
      'src/main/java/app/Greeter.java': 'package app;\nclass Greeter {\n',
    })
    assert.match(syntax, /error: src\/main\/java\/app\/Greeter\.java:2: reached end of file while parsing/)
    const name = await failedLog(shop, { 'src/main/java/app/Greeter.java': 'package app;\npublic class Greater {}\n' })
    assert.match(name, /Greater\.java/)
    const noApply = await failedLog(shop, {
      'src/main/java/app/Greeter.java': 'package app;\npublic class Greeter {}\n',
    })
    assert.match(noApply, /error: Algorithm class not found\. Name must match: algorithmia\.Greeter\.Greeter/)
  })
})

/** A pom.xml that needs gson, or nothing. */
function pomWith(gson: string | null): string {
  const dependency = `<dependency><groupId>com.google.code.gson</groupId><artifactId>gson</artifactId><version>${gson}</version></dependency>`
  return `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>app</groupId>
  <artifactId>greeter</artifactId>
  <version>1</version>
  <dependencies>${gson === null ? '' : dependency}</dependencies>
</project>
`
}
