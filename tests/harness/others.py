"""Other people's programs and our own small ones, for the tests behind --all. What is missing fails; it never skips."""
import hashlib
import os
import pathlib
import shutil
import subprocess

from .server import ROOT

JAVA = ROOT / "build/java"
DELTA_SPARK = ("io.delta:delta-spark_2.12:3.3.2", "io.delta:delta-storage:3.3.2")  # for the pyspark of requirements-all.txt


def need(command):
    assert shutil.which(command), f"{command} is missing: ./dev test --all installs tests/packages-all.txt"


def built(program):
    """The path of a program of the release build that only tests need."""
    folder = ROOT / "build/release"
    subprocess.run(["ninja", "-C", folder, "--quiet", program], check=True)
    return next(path for path in folder.rglob(program) if path.is_file())


def classpath(folder):
    """Of what tests/FOLDER/pom.xml names."""
    need("java"), need("mvn")
    pom = ROOT / "tests" / folder / "pom.xml"
    kept = JAVA / f"{pom.parent.name}-{hashlib.sha256(pom.read_bytes()).hexdigest()[:16]}.classpath"
    if not kept.exists():
        JAVA.mkdir(parents=True, exist_ok=True)
        subprocess.run(["mvn", "-q", "-B", "-f", pom, "dependency:build-classpath", f"-Dmdep.outputFile={kept}.new"],
                       check=True, timeout=500, stdout=subprocess.DEVNULL)
        os.replace(f"{kept}.new", kept)
    return kept.read_text().strip()


def java_program(folder, main, *arguments, memory="512m"):
    """The command that runs MAIN of what tests/FOLDER/pom.xml names, or of the one Java file beside it."""
    path = classpath(folder)
    for source in (ROOT / "tests" / folder).glob("*.java"):
        need("javac")
        made = JAVA / f"{source.stem}-{hashlib.sha256(source.read_bytes() + path.encode()).hexdigest()[:16]}"
        if not made.exists():
            subprocess.run(["javac", "-nowarn", "-cp", path, "-d", f"{made}.new", source], check=True, timeout=200)
            os.replace(f"{made}.new", made)
        path = f"{made}:{path}"
    return ["java", f"-Xmx{memory}", "-XX:TieredStopAtLevel=1", "-cp", path, main, *map(str, arguments)]


def dump_log_segments(path, *options):
    """What Kafka's own DumpLogSegments prints about a file of a partition's folder."""
    command = ["java", "-Xmx256m", "-cp", classpath("log_dump"), "kafka.tools.DumpLogSegments", "--files", path, *options]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"DumpLogSegments failed on {path}:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done.stdout


def spark_session(more_jars=(), **settings):
    """A local Spark with delta-spark."""
    need("java"), need("mvn")
    from pyspark.sql import SparkSession
    jars = []
    for artifact in (*DELTA_SPARK, *more_jars):
        _, name, version = artifact.split(":")
        jar = JAVA / f"{name}-{version}.jar"
        if not jar.exists():
            subprocess.run(["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={artifact}", f"-DoutputDirectory={JAVA}"],
                           check=True, cwd=pathlib.Path("/"), timeout=500)
        jars.append(str(jar))
    builder = (SparkSession.builder.master("local[2]").config("spark.jars", ",".join(jars))
               .config("spark.driver.memory", "1g").config("spark.ui.enabled", "false")
               .config("spark.sql.session.timeZone", "UTC").config("spark.sql.shuffle.partitions", "2")
               .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
               .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog"))
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()
