#!/usr/bin/env python3
"""Compares topic listings with pages that were read off a website.

usage: testdata/seeds.py DIR

DIR holds items.jsonl and topics.json for akin import, and pages.json: an array
of objects with slug and expected, the lists of that page, each with its kind
and the ids of its items in order. Every list but featured and empty ones must
be a run of the topic's listing under the types that occur in it. Needs akin
built as bin/akin; exits 1 and prints the lists that differ.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request


def main(folder):
    akin = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "bin", "akin")
    with open(os.path.join(folder, "items.jsonl"), encoding="utf-8") as f:
        types = {i["id"]: i.get("types", []) for i in map(json.loads, f)}
    with open(os.path.join(folder, "pages.json"), encoding="utf-8") as f:
        pages = json.load(f)
    with tempfile.TemporaryDirectory() as tmp:
        store = os.path.join(tmp, "akin.db")
        files = [os.path.join(folder, name) for name in ("topics.json", "items.jsonl")]
        subprocess.run([akin, "import", "--store", store, *files], check=True)
        server = subprocess.Popen([akin, "serve", "--store", store, "--addr", "127.0.0.1:0"], stderr=subprocess.PIPE, text=True)
        try:
            address = next(m[1] for m in (re.search(r"listening on (\S+)", line) for line in server.stderr) if m)
            return compare(address, pages, types)
        finally:
            server.terminate()
            server.wait()


def compare(address, pages, types):
    lists = differ = 0
    for page in pages:
        for want in page["expected"]:
            run = want["items"]
            if want["kind"] == "featured" or not run:
                continue
            lists += 1
            query = [("group", "none"), ("limit", "100")]
            query += [("type", t) for t in dict.fromkeys(t for i in run for t in types[i])]
            got = listing(f"{address}/v1/topics/{urllib.parse.quote(page['slug'], safe='')}/items", query)
            if not any(got[i:i + len(run)] == run for i in range(len(got))):
                differ += 1
                print(f"{page['slug']} {want['kind']}: no run {run} in {got}")
    print(f"{lists} lists, {differ} differ")
    return 1 if differ or not lists else 0


def listing(url, query):
    ids, cursor = [], None
    while True:
        more = [("cursor", cursor)] if cursor else []
        with urllib.request.urlopen(url + "?" + urllib.parse.urlencode(query + more)) as answer:
            page = json.load(answer)
        ids += [item["id"] for item in page["items"]]
        cursor = page.get("nextCursor")
        if not cursor:
            return ids


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
