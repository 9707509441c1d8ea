#!/usr/bin/env python3
"""Writes the fixtures of domain.json into a freshly provisioned domain, in one process and before Samba starts.

It works on the local database as the system, so it can make what no LDAP client may (locked accounts, adminCount).
Two things are as an administrator would do them by hand and are what the connector is tested against: the rights of
the service account, entry for entry, and the fine-grained policies.
"""

import argparse
import json
import sys
import time

import ldb
from samba import dsdb
from samba.auth import system_session
from samba.dcerpc import security
from samba.ndr import ndr_unpack
from samba.param import LoadParm
from samba.samdb import SamDB
from samba.sd_utils import SDUtils

USER_CLASS = "bf967aba-0de6-11d0-a285-00aa003049e2"
RESET_PASSWORD = "00299570-246d-11d0-a768-00aa006e0529"
CHANGE_PASSWORD = "ab721a53-1e2f-11d0-9819-00aa0040529b"
PWD_LAST_SET = "bf967a0a-0de6-11d0-a285-00aa003049e2"
LOCKOUT_TIME = "28630ebf-41d5-11d1-a9c1-0000f80367c1"
MARKER = "f5446328-8b6e-498d-95a8-211748d5acdc"  # msDS-cloudExtensionAttribute20

UAC = {
    "disabled": dsdb.UF_ACCOUNTDISABLE,
    "password-not-required": dsdb.UF_PASSWD_NOTREQD,
    "never-expires": dsdb.UF_DONT_EXPIRE_PASSWD,
    "smart-card": dsdb.UF_SMARTCARD_REQUIRED,
}
FLAGS = set(UAC) | {"must-change", "expired", "locked", "admin-count", "cannot-change"}

SECOND = 10_000_000  # in 100 ns


def filetime(unix_seconds):
    return int((unix_seconds + 11_644_473_600) * SECOND)


def seconds(count):
    """A duration as AD stores it: negative 100 ns intervals."""
    return str(-int(count) * SECOND)


def quoted(password):
    return ('"' + password + '"').encode("utf-16-le")


def read_secret(path):
    with open(path, encoding="utf-8") as file:
        return file.read().rstrip("\n")


def message(dn, operation, **attributes):
    out = ldb.Message(dn)
    for name, value in attributes.items():
        name = name.replace("_", "-")
        out[name] = ldb.MessageElement(value, operation, name)
    return out


class Domain:
    def __init__(self, configfile, fixtures):
        lp = LoadParm()
        lp.load(configfile)
        self.samdb = SamDB(session_info=system_session(), lp=lp)
        self.base = ldb.Dn(self.samdb, self.samdb.domain_dn())
        self.sd = SDUtils(self.samdb)
        self.fixtures = fixtures

    def child(self, path, name=None):
        """The DN of a path (top first) and the common name below it: escaping is ldb's business, not ours."""
        dn = ldb.Dn(self.samdb, str(self.base))
        for part in path if name is None else [*path, f"CN={name}"]:
            kind, value = part.split("=", 1)
            dn.add_child(ldb.Dn(self.samdb, "CN=placeholder"))
            dn.set_component(0, kind, value)
        return dn

    def join(self, group, member):
        self.samdb.modify(message(self.child(group), ldb.FLAG_MOD_ADD, member=str(member)))

    def modify(self, dn, controls=None, **attributes):
        change = message(dn, ldb.FLAG_MOD_REPLACE, **attributes)
        if controls:
            self.samdb.modify(change, controls)
        else:
            self.samdb.modify(change)

    def policy(self):
        p = self.fixtures["policy"]
        self.modify(
            self.base,
            minPwdLength=str(p["min_length"]),
            pwdHistoryLength=str(p["history"]),
            pwdProperties="1" if p["complexity"] else "0",
            minPwdAge=seconds(p["min_age_seconds"]),
            maxPwdAge=seconds(p["max_age_seconds"]),
            lockoutThreshold=str(p["lockout_threshold"]),
            lockoutDuration=seconds(p["lockout_duration_seconds"]),
            lockOutObservationWindow=seconds(p["lockout_window_seconds"]),
        )

    def organisation(self):
        for path in self.fixtures["organisational_units"]:
            self.samdb.add({"dn": self.child(path), "objectClass": "organizationalUnit"})
        for group in self.fixtures["groups"]:
            self.samdb.add({
                "dn": self.child(group["path"], group["name"]),
                "objectClass": "group",
                "sAMAccountName": group["name"],
                "description": group["purpose"],
            })
        for link in self.fixtures["group_members"]:
            self.join(link["group"], self.child(link["member"]))

    def service_account(self, password):
        """Exactly the rights of the table: three entries and the marker on each OU in scope, and the reading of policies."""
        account = self.fixtures["service_account"]
        dn = self.child(account["path"], account["name"])
        self.samdb.add({
            "dn": dn,
            "objectClass": "user",
            "sAMAccountName": account["name"],
            "userPrincipalName": f"{account['name']}@corp.example",
            "description": account["purpose"],
            "userAccountControl": str(dsdb.UF_NORMAL_ACCOUNT | dsdb.UF_DONT_EXPIRE_PASSWD),
            "unicodePwd": quoted(password),
        })
        sid = self.sid_of(dn)
        for path in self.fixtures["scope"]:
            entries = (
                f"(OA;CIIO;CR;{RESET_PASSWORD};{USER_CLASS};{sid})"
                f"(OA;CIIO;WP;{PWD_LAST_SET};{USER_CLASS};{sid})"
                f"(OA;CIIO;WP;{LOCKOUT_TIME};{USER_CLASS};{sid})"
                f"(OA;CIIO;WP;{MARKER};{USER_CLASS};{sid})"
            )
            self.grant(self.child(path), entries)
        self.grant(self.child(["CN=System", "CN=Password Settings Container"]), f"(A;CI;LCRPRC;;;{sid})")

    def grant(self, dn, entries):
        self.sd.dacl_prepend_aces(dn, entries)

    def sid_of(self, dn):
        found = self.samdb.search(dn, scope=ldb.SCOPE_BASE, attrs=["objectSid"])[0]
        return str(ndr_unpack(security.dom_sid, found["objectSid"][0]))

    def accounts(self):
        for account in self.fixtures["accounts"]:
            unknown = set(account.get("flags", [])) - FLAGS
            if unknown:
                raise ValueError(f"unknown flags {unknown}")
            numbers = range(1, account["count"] + 1) if "count" in account else [None]
            for number in numbers:
                self.account(account, number)

    def account(self, account, number):
        suffix = "" if number is None else f"{number:02}"
        login = account["account"] + suffix
        name = account.get("name", login) + ("" if "name" not in account else suffix)
        flags = account.get("flags", [])
        control = dsdb.UF_NORMAL_ACCOUNT
        for flag in flags:
            control |= UAC.get(flag, 0)
        dn = self.child(account["path"], name)
        entry = {
            "dn": dn,
            "objectClass": "user",
            "sAMAccountName": login,
            "description": account["purpose"],
            "userAccountControl": str(control),
            "unicodePwd": quoted(self.fixtures["password"]),
        }
        display = account.get("display", name)
        if display is not None:
            entry["displayName"] = display + (f" {suffix}" if "display" in account and suffix else "")
        upn = account.get("upn", f"{login}@corp.example")
        if upn is not None:
            entry["userPrincipalName"] = upn
        if "mail" in account:
            entry["mail"] = account["mail"]
        if "expired" in flags:
            entry["accountExpires"] = str(filetime(time.time() - 7 * 86_400))
        if "admin-count" in flags:
            entry["adminCount"] = "1"
        if "must-change" in flags:
            entry["pwdLastSet"] = "0"
        self.samdb.add(entry)
        for group in account.get("member_of", []):
            self.join(group, dn)
        if "primary_group_rid" in account:
            self.modify(dn, primaryGroupID=str(account["primary_group_rid"]))
        if "cannot-change" in flags:
            self.grant(dn, f"(OD;;CR;{CHANGE_PASSWORD};;WD)(OD;;CR;{CHANGE_PASSWORD};;PS)")

    def lock(self):
        """Locked by lockoutTime, under a policy whose locks do not end by themselves."""
        for account in self.fixtures["accounts"]:
            if "locked" not in account.get("flags", []):
                continue
            for number in range(1, account["count"] + 1):
                dn = self.child(account["path"], f"{account['account']}{number:02}")
                threshold = str(self.fixtures["policy"]["lockout_threshold"])
                self.modify(dn, ["local_oid:1.3.6.1.4.1.7165.4.3.8:0"],
                            lockoutTime=str(filetime(time.time())), badPwdCount=threshold,
                            badPasswordTime=str(filetime(time.time())))

    def computers(self):
        for computer in self.fixtures["computers"]:
            self.samdb.add({
                "dn": self.child(computer["path"], computer["name"]),
                "objectClass": "computer",
                "sAMAccountName": computer["name"] + "$",
                "description": computer["purpose"],
                "userAccountControl": str(dsdb.UF_WORKSTATION_TRUST_ACCOUNT),
                "unicodePwd": quoted(self.fixtures["password"]),
            })

    def fine_grained_policies(self):
        base = self.fixtures["policy"]
        for pso in self.fixtures["fine_grained_policies"]:
            p = {**base, **pso}
            dn = self.child(["CN=System", "CN=Password Settings Container"], pso["name"])
            targets = [self.child(target) for target in pso["applies_to"]]
            self.samdb.add({
                "dn": dn,
                "objectClass": "msDS-PasswordSettings",
                "description": pso["purpose"],
                "msDS-PasswordSettingsPrecedence": str(pso["precedence"]),
                "msDS-MinimumPasswordLength": str(p["min_length"]),
                "msDS-PasswordHistoryLength": str(p["history"]),
                "msDS-PasswordComplexityEnabled": "TRUE" if p["complexity"] else "FALSE",
                "msDS-PasswordReversibleEncryptionEnabled": "FALSE",
                "msDS-MinimumPasswordAge": seconds(p["min_age_seconds"]),
                "msDS-MaximumPasswordAge": seconds(p["max_age_seconds"]),
                "msDS-LockoutThreshold": str(p["lockout_threshold"]),
                "msDS-LockoutDuration": seconds(p["lockout_duration_seconds"]),
                "msDS-LockoutObservationWindow": seconds(p["lockout_window_seconds"]),
                "msDS-PSOAppliesTo": [str(t) for t in targets],
            })

    def administrator(self, password):
        self.modify(
            self.child(["CN=Users"], "Administrator"),
            unicodePwd=quoted(password),
            userAccountControl=str(dsdb.UF_NORMAL_ACCOUNT | dsdb.UF_DONT_EXPIRE_PASSWD),
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--configfile", required=True)
    parser.add_argument("--fixtures", required=True)
    parser.add_argument("--administrator-password-file", required=True)
    parser.add_argument("--service-password-file", required=True)
    arguments = parser.parse_args()
    with open(arguments.fixtures, encoding="utf-8") as file:
        fixtures = json.load(file)
    domain = Domain(arguments.configfile, fixtures)
    domain.samdb.transaction_start()
    try:
        domain.policy()
        domain.administrator(read_secret(arguments.administrator_password_file))
        domain.organisation()
        domain.service_account(read_secret(arguments.service_password_file))
        domain.accounts()
        domain.computers()
        domain.fine_grained_policies()
        domain.lock()
    except BaseException:
        domain.samdb.transaction_cancel()
        raise
    domain.samdb.transaction_commit()


if __name__ == "__main__":
    sys.exit(main())
