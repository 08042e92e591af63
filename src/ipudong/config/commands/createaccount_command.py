"""`ipudong createaccount NAME --role ROLE`."""

import click
from django.core.exceptions import ValidationError

from ipudong.city.identity.services import IdentityError, create_account


@click.command()
@click.argument("username")
@click.option("--role", "roles", multiple=True, required=True, help="May be given several times.")
@click.option("--department", help="Code of a responsible unit of the plan.")
@click.option("--name", "display_name", default="", help="The person's name.")
@click.password_option()
def command(
    username: str, roles: tuple[str, ...], department: str | None, display_name: str, password: str
) -> None:
    try:
        account = create_account(
            username=username,
            password=password,
            roles=roles,
            department=department,
            display_name=display_name,
            by="system:console",
        )
    except IdentityError as error:
        raise click.ClickException(f"{error.code}: {error.fields}") from error
    except ValidationError as error:
        raise click.ClickException(" ".join(error.messages)) from error
    click.echo(f"Account {account.username} is open, with the roles {', '.join(roles)}.")
