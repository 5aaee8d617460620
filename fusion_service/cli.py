# SPDX-License-Identifier: Apache-2.0
"""The verbs of `fusion-service`, each in its room of commands/.

Results go to stdout, the story to stderr; exit 0 done, 1 failed, 2 wrong use. Each verb imports
what it needs inside, so that none waits for another's libraries.

A config file that says something wrong is wrong use.
"""

import gc
import sys

import typer

from fusion_service.commands import (
    authority,
    backup,
    broker,
    devices,
    enrolment,
    letters,
    restore,
    status,
)
from fusion_service.commands.access import verbs as access_verbs
from fusion_service.commands.audit import verbs as audit_verbs
from fusion_service.commands.context import verbs as context_verbs
from fusion_service.commands.dossier import verb as dossier_verb
from fusion_service.commands.exercise import verb as exercise_verb
from fusion_service.commands.forecast import verb as forecast_verb
from fusion_service.commands.needs import FAILED, log_to_stderr, need
from fusion_service.commands.options import ConfigOption
from fusion_service.commands.season import verb as season_verb
from fusion_service.commands.shift import verbs as shift_verbs
from fusion_service.commands.site import verbs as site_verbs
from fusion_service.commands.source import verbs as source_verbs
from fusion_service.errors import ConfigError, FusionError
from fusion_service.operations.recorded import recorded
from wire_contract.programs.extras import Extra, explained

WRONG_USE = 2

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Take signed reports, keep them, serve them.",
)
device_app = typer.Typer(no_args_is_help=True, help="The boxes that are known.")
app.add_typer(device_app, name="device")
devices.add_to(device_app)
broker.add_to(app)
device_app.command("go-on")(restore.go_on)
store_app = typer.Typer(no_args_is_help=True, help="The file in which the centre keeps everything.")
app.add_typer(store_app, name="store")
store_app.command("copy")(restore.move_store)
site_app = typer.Typer(no_args_is_help=True, help="The drawings of sites: zones, links, counters.")
app.add_typer(site_app, name="site")
site_verbs.add_to(site_app)
person_app = typer.Typer(no_args_is_help=True, help="The people who may log in.")
app.add_typer(person_app, name="person")
key_app = typer.Typer(no_args_is_help=True, help="The keys of programs and of screens.")
app.add_typer(key_app, name="key")
access_app = typer.Typer(no_args_is_help=True, help="Who came in, and what of it is erased.")
app.add_typer(access_app, name="access")
access_verbs.add_to(person_app, key_app, access_app)
shift_app = typer.Typer(no_args_is_help=True)
app.add_typer(shift_app, name="shift")
shift_verbs.add_to(shift_app)
audit_app = typer.Typer(no_args_is_help=True, help="Audits of boxes that an auditor signed.")
app.add_typer(audit_app, name="audit")
audit_verbs.add_to(audit_app)
source_app = typer.Typer(no_args_is_help=True, help="Counters of others, and people who look.")
app.add_typer(source_app, name="source")
source_verbs.add_to(source_app)
context_app = typer.Typer(no_args_is_help=True, help="Feeds of others: weather, transit, events.")
app.add_typer(context_app, name="context")
context_verbs.add_to(context_app)
ca_app = typer.Typer(
    no_args_is_help=True,
    help="The certificate authority of broker, centre and boxes: one folder, offline.",
)
app.add_typer(ca_app, name="ca")


@app.command()
def run(config: ConfigOption) -> None:
    """Run the centre in the foreground until SIGTERM or SIGINT."""
    need(Extra.FUSION)
    log_to_stderr()
    # What is imported stays. To look through it for garbage meanwhile is a tenth of the start.
    gc.disable()
    from fusion_service.config import load
    from fusion_service.service import serve

    gc.enable()
    serve(load(config))


device_app.command("add")(enrolment.add_device)
device_app.command("issue")(authority.issue_device)
device_app.command("revoke")(authority.revoke_device)
store_app.command("backup")(backup.back_up)
store_app.command("rehearse")(backup.rehearse)
store_app.command("restore")(restore.put_back)
store_app.command("dead-letters")(letters.list_dead_letters)
store_app.command("replay-dead-letters")(letters.replay_dead_letters)
app.command("enrol-token")(enrolment.make_token)
app.command("enrol-serve")(enrolment.serve_enrolment)
app.command("renew")(enrolment.renew)
authority.add_to(ca_app)
app.command("status")(status.status)
app.command("backtest")(forecast_verb.backtest)
forecast_app = typer.Typer(no_args_is_help=True, help="What comes at a site, and what says so.")
app.add_typer(forecast_app, name="forecast")
forecast_verb.add_to(forecast_app)
exercise_app = typer.Typer(
    cls=exercise_verb.ScenarioGroup,
    no_args_is_help=True,
    help="A scripted or recorded day: play it, and look back at it.",
)
app.add_typer(exercise_app, name="exercise")
exercise_verb.add_to(exercise_app)
app.command("dossier")(dossier_verb.write_dossier)
app.command("season")(season_verb.write_season)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line.

    Every named error is one line and an exit code; see recorded.py for what is written down.
    """
    try:
        recorded(typer.main.get_command(app))(arguments)
    except ConfigError as error:
        typer.echo(f"fusion-service: {error}", err=True)
        sys.exit(WRONG_USE)
    except FusionError as error:
        typer.echo(f"fusion-service: {error}", err=True)
        sys.exit(FAILED)
    except ImportError as error:
        if not (sentence := explained(error)):
            raise
        typer.echo(f"fusion-service: {sentence}", err=True)
        sys.exit(FAILED)
