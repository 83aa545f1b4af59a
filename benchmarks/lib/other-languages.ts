/** The languages beyond Python and JavaScript, as far as this host has their programs: what is measured in them. */
import { missingPackages, readLanguage } from '../../languages/suite/bridge-process.ts'

type Files = Readonly<Record<string, string>>

interface Program {
  /** Answers with what it is given, and waits so many seconds first when that is a number. @param name the algorithm's */
  files(name: string): Files
  /** Declares one package of the language's own manager, which the program does not use. @param name the algorithm's */
  dependency(name: string): Files
}

export interface OtherSubject extends Program {
  readonly id: string
  readonly name: string
}

const PROGRAMS: Readonly<Record<string, Program>> = {
  java: {
    files: (name) => ({
      [`src/main/java/algorithmia/${name}/${name}.java`]: `package algorithmia.${name};

public class ${name} {
    public String apply(String text) { return text; }
    public double apply(double seconds) throws InterruptedException {
        Thread.sleep((long) (seconds * 1000));
        return seconds;
    }
}
`,
    }),
    dependency: (name) => ({
      'pom.xml': `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>algorithmia</groupId>
  <artifactId>${name}</artifactId>
  <version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.commons</groupId><artifactId>commons-csv</artifactId><version>1.10.0</version></dependency>
  </dependencies>
</project>
`,
    }),
  },
  scala: {
    files: (name) => ({
      [`src/main/scala/algorithmia/${name}/${name}.scala`]: `package algorithmia.${name}

class ${name} {
  def apply(text: String): String = text
  def apply(seconds: Double): Double = { Thread.sleep((seconds * 1000).toLong); seconds }
}
`,
    }),
    dependency: () => ({
      'build.sbt':
        'scalaVersion := "2.11.12"\n\nlibraryDependencies += "org.apache.commons" % "commons-csv" % "1.10.0"\n',
    }),
  },
  ruby: {
    files: (name) => ({
      [`src/${name}.rb`]: 'def apply(input)\n  sleep(input) if input.is_a?(Numeric)\n  input\nend\n',
    }),
    // Debian has it, for a host that reaches no registry of gems.
    dependency: () => ({ Gemfile: "source Gem.default_sources.first\ngem 'rake'\n" }),
  },
  r: {
    files: (name) => ({
      [`src/${name}.r`]: 'algorithm <- function(input) {\n  if (is.numeric(input)) Sys.sleep(input)\n  input\n}\n',
    }),
    dependency: () => ({ 'packages.txt': 'rjson\n' }),
  },
  rust: {
    files: () => ({
      'src/lib.rs': `use algorithmia::prelude::*;

algorithmia::algo_entrypoint!(AlgoInput);

fn apply(input: AlgoInput) -> Result<AlgoOutput, String> {
    if let AlgoInput::Json(json) = &input {
        let seconds: f64 = json.to_string().parse().map_err(|_| "not a number".to_owned())?;
        std::thread::sleep(std::time::Duration::from_secs_f64(seconds));
        return Ok(AlgoOutput::from("slept"));
    }
    match input {
        AlgoInput::Text(text) => Ok(AlgoOutput::from(text.into_owned())),
        _ => Ok(AlgoOutput::from("")),
    }
}
`,
    }),
    dependency: () => ({
      'Cargo.toml': `[package]
name = "subject"
version = "0.1.0"
edition = "2021"

[lib]
name = "algorithm"

[dependencies]
algorithmia = "2"
serde = { version = "1", features = ["derive"] }
`,
    }),
  },
}

/** Those that this host lacks programs for are named on standard error. */
export function otherSubjects(): OtherSubject[] {
  return Object.entries(PROGRAMS).flatMap(([id, program]) => {
    const language = readLanguage(id)
    const missing = missingPackages(language)
    if (missing.length === 0) return [{ ...program, id, name: language.display_name }]
    process.stderr.write(`${id} is left out: this host lacks ${missing.join(' and ')}\n`)
    return []
  })
}
