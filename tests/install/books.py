#!/usr/bin/env python3
"""Makes books for the install test, of schema 1 and of a schema of the future, with a fresh receipt
key that all their receipts are signed with.

usage: books.py SQL FOLDER: older.db, newer.db and receipt.key in FOLDER"""
import base64
import hashlib
import hmac
import json
import os
import secrets
import sqlite3
import sys


def sign_again(books, key):
    """The key that these receipts were signed with went with its gate."""
    for seq, text in books.execute("SELECT seq, receipt FROM charge").fetchall():
        receipt = json.loads(text)
        mac = hmac.new(key, receipt["payload"].encode(), hashlib.sha256).digest()
        receipt["signature"] = base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
        books.execute("UPDATE charge SET receipt = ? WHERE seq = ?",
                      (json.dumps(receipt, separators=(",", ":")), seq))


def make(path, script, key, more=""):
    if os.path.exists(path):
        os.remove(path)
    books = sqlite3.connect(path)
    books.execute("PRAGMA journal_mode=WAL")  # as a gate leaves them
    books.executescript(script + more)
    sign_again(books, key)
    books.commit()
    books.close()
    os.chmod(path, 0o600)


def make_books(sql, folder):
    with open(sql, encoding="utf-8") as file:
        script = file.read()
    key = secrets.token_bytes(32)
    make(os.path.join(folder, "older.db"), script, key)
    make(os.path.join(folder, "newer.db"), script, key,
         "UPDATE meta SET value = 9999 WHERE key = 'schema_version';")
    path = os.path.join(folder, "receipt.key")
    with open(path, "w", encoding="utf-8") as file:
        file.write(key.hex() + "\n")
    os.chmod(path, 0o600)


if __name__ == "__main__":
    make_books(sys.argv[1], sys.argv[2])
