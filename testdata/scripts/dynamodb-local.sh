#!/bin/sh
# Puts Amazon's DynamoDB Local into .cache/dynamodb-local, for tests, and a Java
# runtime onto the machine if there is none. Does nothing when all is there.
#
# DynamoDB Local comes out of an npm package that carries it whole. Its licence
# lets it be used for tests and not be passed on, so it is never committed.
set -eu

package=amplify-dynamodb-simulator
version=2.9.30
sha256=3503ffac19f183407909fecdacf4db51ab1fdad1da7b2f177016670b2d80e4b9

root=$(cd "$(dirname "$0")/../.." && pwd)
cache=$root/.cache/dynamodb-local

# need COMMAND DEBIAN_PACKAGE installs what a command comes from.
need() {
	command -v "$1" >/dev/null 2>&1 && return
	if ! command -v apt-get >/dev/null 2>&1; then
		echo "dynamodb-local.sh: $1 is missing; install it (Debian: $2) and run this again" >&2
		exit 1
	fi
	sudo=
	[ "$(id -u)" -eq 0 ] || sudo=sudo
	$sudo apt-get install -y --no-install-recommends "$2" >&2 ||
		{ $sudo apt-get update >&2 && $sudo apt-get install -y --no-install-recommends "$2" >&2; }
}

need java default-jre-headless

# archive keeps the classes that DynamoDB Local loads as Java has them in memory,
# with which it starts in half the time. Java makes no archive of a jar whose
# manifest names folders; here each jar is named on the command line instead.
archive() {
	cd "$cache"
	need zip zip
	need curl curl
	zip -qd DynamoDBLocal.jar META-INF/MANIFEST.MF
	port=$((20000 + $$ % 10000)) # a taken one only means that there will be no archive
	java -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:ArchiveClassesAtExit=classes.jsa \
		-Djava.library.path=DynamoDBLocal_lib -cp 'DynamoDBLocal.jar:DynamoDBLocal_lib/*' \
		com.amazonaws.services.dynamodbv2.local.main.ServerRunner -inMemory -sharedDb -disableTelemetry -port "$port" >archive.log 2>&1 &
	java=$!
	request ListTables '{}' --retry 60 --retry-delay 1 --retry-connrefused 2>/dev/null
	key='"pk": {"S": "a"}, "sk": {"S": "b"}'
	request CreateTable '{"TableName": "warm", "BillingMode": "PAY_PER_REQUEST", "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"},
		"AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "S"}],
		"KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]}'
	request PutItem '{"TableName": "warm", "Item": {'"$key"', "r": {"N": "1"}}, "ConditionExpression": "attribute_not_exists(pk)"}'
	request TransactWriteItems '{"TransactItems": [{"Put": {"TableName": "warm", "Item": {'"$key"', "d": {"B": "AAAA"}}}}]}'
	request BatchWriteItem '{"RequestItems": {"warm": [{"PutRequest": {"Item": {'"$key"'}}}]}}'
	request BatchGetItem '{"RequestItems": {"warm": {"Keys": [{'"$key"'}]}}}'
	request GetItem '{"TableName": "warm", "Key": {'"$key"'}}'
	request Query '{"TableName": "warm", "KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "a"}}}'
	kill "$java"
	wait "$java" || true # it tells of the signal
	[ -s classes.jsa ]
}

told() {
	echo "dynamodb-local.sh: DynamoDB Local starts slowly: Java made no archive of its classes (see $cache/archive.log)" >&2
}

# request OPERATION BODY [FLAG...] sends a request to DynamoDB Local.
request() {
	operation=$1 body=$2
	shift 2
	curl -sS -o /dev/null -m 60 "$@" -H "X-Amz-Target: DynamoDB_20120810.$operation" -H 'Content-Type: application/x-amz-json-1.0' \
		-H 'Authorization: AWS4-HMAC-SHA256 Credential=akin/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0' \
		-d "$body" "http://127.0.0.1:$port"
}

if [ -f "$cache/DynamoDBLocal.jar" ] && [ "$(cat "$cache/version" 2>/dev/null)" = "$version" ]; then
	[ -f "$cache/archive.log" ] || (archive) || told
	exit 0
fi
need npm npm

mkdir -p "$root/.cache"
tmp=$(mktemp -d "$root/.cache/dynamodb-local.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
npm pack --silent "$package@$version" >/dev/null
tarball=$package-$version.tgz
if ! echo "$sha256  $tarball" | sha256sum -c - >/dev/null; then
	echo "dynamodb-local.sh: $package@$version is not the package that this script was written for (sha256 differs)" >&2
	exit 1
fi
tar -xzf "$tarball" package/emulator
echo "$version" >package/emulator/version
rm -rf "$cache"
mv package/emulator "$cache"
(archive) || told
echo "DynamoDB Local ($package@$version) is in $cache" >&2
