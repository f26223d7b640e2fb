// The AWS SDK for JavaScript v3 at the Kinesis door: client.js URL ACTION STREAM. PROTOCOL=http1: not as the SDK would by
// itself, which is by HTTP/2.
const assert = require("node:assert");
const kinesis = require("@aws-sdk/client-kinesis");
const { NodeHttpHandler } = require("@smithy/node-http-handler");

const [endpoint, action, stream] = process.argv.slice(2);
const client = new kinesis.KinesisClient({
  endpoint, region: "us-east-1", credentials: { accessKeyId: "any", secretAccessKey: "key" }, maxAttempts: 1,
  ...(process.env.PROTOCOL === "http1" ? { requestHandler: new NodeHttpHandler() } : {}),
});

// call("PutRecord", {...}): of the stream, unless the input names another
const call = (name, input = {}) => client.send(new kinesis[`${name}Command`]({ StreamName: stream, ...input }));

async function refused(type, text, calling) {
  await assert.rejects(calling, (error) => {
    assert(error instanceof kinesis[type], `${error}`);
    assert.strictEqual(error.$metadata.httpStatusCode, 400);
    assert(error.$metadata.requestId);
    assert(error.message.includes(text), error.message);
    return true;
  });
}

async function create(count) {
  await call("CreateStream", { ShardCount: count });
  await kinesis.waitUntilStreamExists({ client, maxWaitTime: 20 }, { StreamName: stream });
}

const recent = (time) => Math.abs(Date.now() - time.getTime()) < 60_000;

async function life() {
  await create(2);
  const told = (await call("DescribeStream")).StreamDescription;
  assert.strictEqual(told.StreamStatus, "ACTIVE");
  assert.strictEqual(told.Shards.length, 2);
  assert(recent(told.StreamCreationTimestamp));
  const names = [];
  for await (const page of kinesis.paginateListStreams({ client }, {})) names.push(...page.StreamNames);
  assert(names.includes(stream));
  await refused("ResourceInUseException", "already exists", call("CreateStream", { ShardCount: 1 }));
  await refused("ResourceNotFoundException", "not found", call("DescribeStreamSummary", { StreamName: `none-${stream}` }));
  await refused("InvalidArgumentException", "Invalid ShardIterator",
    client.send(new kinesis.GetRecordsCommand({ ShardIterator: "AAAA" })));
  await call("AddTagsToStream", { Tags: { team: "data", leer: "" } });
  await call("RemoveTagsFromStream", { TagKeys: ["leer"] });
  assert.deepStrictEqual((await call("ListTagsForStream")).Tags, [{ Key: "team", Value: "data" }]);
  await call("IncreaseStreamRetentionPeriod", { RetentionPeriodHours: 48 });
  const summary = (await call("DescribeStreamSummary")).StreamDescriptionSummary;
  assert.deepStrictEqual([summary.RetentionPeriodHours, summary.OpenShardCount], [48, 2]);
  await call("DeleteStream");
  await kinesis.waitUntilStreamNotExists({ client, maxWaitTime: 20 }, { StreamName: stream });
}

const data = (i) => Uint8Array.from({ length: i ? 600 : 256 }, (_, at) => (at + i) & 0xff);

async function iterator(ShardId, ShardIteratorType, more = {}) {
  return (await call("GetShardIterator", { ShardId, ShardIteratorType, ...more })).ShardIterator;
}

async function read(ShardIterator) {
  const found = [];
  for (;;) {
    const got = await client.send(new kinesis.GetRecordsCommand({ ShardIterator, Limit: 200 }));
    found.push(...got.Records);
    if (!got.Records.length && got.MillisBehindLatest === 0) return found;
    ShardIterator = got.NextShardIterator;
  }
}

async function records() {
  await create(3);
  const before = new Date(Date.now() - 1000);
  const puts = { "ä-0": (await call("PutRecord", { PartitionKey: "ä-0", Data: data(0) })).SequenceNumber };
  const Records = Array.from({ length: 500 }, (_, i) => ({
    PartitionKey: `ä-${i + 1}`, Data: data(i + 1),
    ...((i + 1) % 10 ? {} : { ExplicitHashKey: "340282366920938463463374607431768211455" }),
  }));
  const answer = await call("PutRecords", { Records });
  assert.deepStrictEqual([answer.FailedRecordCount, answer.Records.length], [0, 500]);
  answer.Records.forEach((record, i) => {
    puts[`ä-${i + 1}`] = record.SequenceNumber;
    if ((i + 1) % 10 === 0) assert.strictEqual(record.ShardId, "shardId-000000000002");
  });
  const found = {};
  for (const { ShardId } of (await call("ListShards")).Shards) {
    const inShard = await read(await iterator(ShardId, "TRIM_HORIZON"));
    for (const record of inShard) {
      assert.deepStrictEqual(Buffer.from(record.Data), Buffer.from(data(Number(record.PartitionKey.slice(2)))));
      assert(!(record.PartitionKey in found), `twice: ${record.PartitionKey}`);
      assert(recent(record.ApproximateArrivalTimestamp));
      found[record.PartitionKey] = record.SequenceNumber;
    }
    const StartingSequenceNumber = inShard[2].SequenceNumber;
    assert.deepStrictEqual(await read(await iterator(ShardId, "AT_SEQUENCE_NUMBER", { StartingSequenceNumber })), inShard.slice(2));
    assert.deepStrictEqual(await read(await iterator(ShardId, "AFTER_SEQUENCE_NUMBER", { StartingSequenceNumber })), inShard.slice(3));
    assert.deepStrictEqual(await read(await iterator(ShardId, "AT_TIMESTAMP", { Timestamp: before })), inShard);
    assert.deepStrictEqual(await read(await iterator(ShardId, "LATEST")), []);
  }
  assert.deepStrictEqual(found, puts);
}

async function subscribe() {
  await create(1);
  const StreamARN = (await call("DescribeStreamSummary")).StreamDescriptionSummary.StreamARN;
  const send = (name, input) => client.send(new kinesis[`${name}Command`](input));
  const { ConsumerARN } = (await send("RegisterStreamConsumer", { StreamARN, ConsumerName: "app" })).Consumer;
  while ((await send("DescribeStreamConsumer", { ConsumerARN })).ConsumerDescription.ConsumerStatus !== "ACTIVE")
    await new Promise((done) => setTimeout(done, 100));
  const put = async (from, to) => {
    for (let i = from; i < to; i++) await call("PutRecord", { PartitionKey: "k", Data: Buffer.from(`v${i}`) });
  };
  await put(0, 50);
  const { EventStream } = await send("SubscribeToShard", {
    ConsumerARN, ShardId: "shardId-000000000000", StartingPosition: { Type: "TRIM_HORIZON" },
  });
  const putting = put(50, 100);
  const found = [];
  for await (const { SubscribeToShardEvent } of EventStream) {
    assert(SubscribeToShardEvent.ContinuationSequenceNumber);
    found.push(...SubscribeToShardEvent.Records.map((record) => Buffer.from(record.Data).toString()));
    if (found.length >= 100) break;
  }
  await putting;
  assert.deepStrictEqual(found, Array.from({ length: 100 }, (_, i) => `v${i}`));
}

// By HTTP/2 the SDK keeps a subscription that was left, and with it the process, for its five minutes.
({ life, records, subscribe })[action]().then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });
