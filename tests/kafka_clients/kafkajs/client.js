// kafkajs at the Kafka door: client.js ADDRESS (round-trip | groups | transactions | admin).
'use strict';
const assert = require('assert');
const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = require('kafkajs');
const lz4 = require('lz4js');
const snappy = require('kafkajs-snappy');
const { ZstdCodec } = require('zstd-codec');
const { CODECS, connected, COUNT, key, main, START, text, until, value } = require('../common');

const HEADERS = { h: [Buffer.from([0, 255]), Buffer.alloc(0)], i: Buffer.from('2') };
const TYPES = { none: 'None', gzip: 'GZIP', snappy: 'Snappy', lz4: 'LZ4', zstd: 'ZSTD' };

const bytes = (call) => async (data) => Buffer.from(call(data));
CompressionCodecs[CompressionTypes.Snappy] = snappy;
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: bytes((encoder) => lz4.compress(encoder.buffer)),
  decompress: bytes((data) => lz4.decompress(data)),
});

// Reads a topic with one partition until it has so many records.
async function read(kafka, topic, count, settings = {}) {
  const got = [];
  await connected(kafka.consumer({ groupId: `${topic} reader`, ...settings }), async (consumer) => {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({ eachMessage: async ({ message }) => got.push(message) });
    await until(`${topic} is read`, () => got.length >= count);
  });
  return got;
}

async function roundTrip(kafka) {
  for (const codec of CODECS) {
    const topic = `kafkajs-${codec}`;
    const messages = Array.from({ length: COUNT }, (_, i) => (
      { key: key(i), value: value(i), headers: HEADERS, timestamp: String(START + i), partition: 0 }));
    await connected(kafka.producer({ idempotent: true, maxInFlightRequests: 1 }), async (producer) => {
      for (let from = 0; from < COUNT; from += 50) {
        await producer.send({ topic, messages: messages.slice(from, from + 50), compression: CompressionTypes[TYPES[codec]], acks: -1 });
      }
    });
    const got = await read(kafka, topic, COUNT);
    got.forEach((message, i) => {
      const told = [message.offset, text(message.key), text(message.value), message.timestamp];
      assert.deepStrictEqual(told, [String(i), key(i), value(i), String(START + i)], topic);
      assert.deepStrictEqual(message.headers, HEADERS, topic);
    });
    assert.strictEqual(got.length, COUNT);
    await connected(kafka.admin(), async (admin) => {
      assert.strictEqual((await admin.fetchTopicOffsets(topic))[0].high, String(COUNT));
      assert.strictEqual((await admin.fetchTopicOffsetsByTimestamp(topic, START + 100))[0].offset, '100');
    });
  }
}

async function member(kafka, topic, given) {
  const consumer = kafka.consumer({ groupId: topic, sessionTimeout: 6000, heartbeatInterval: 300, rebalanceTimeout: 6000 });
  const state = { consumer, owned: 0 };
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    state.owned = (payload.memberAssignment[topic] || []).length;
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => given.push(Number(message.value.toString())) });
  return state;
}

// Two members share four partitions; one goes, the other has them all; what was committed is not read again.
async function groups(kafka) {
  const topic = 'kafkajs-groups';
  const given = [];
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 4 }] });
  const producer = kafka.producer();
  await producer.connect();
  const send = (from, to) => producer.send({ topic, messages: Array.from({ length: to - from }, (_, n) => (
    { value: String(from + n), partition: (from + n) % 4 })) });
  const first = await member(kafka, topic, given);
  const second = await member(kafka, topic, given);
  await until('each has two', () => first.owned === 2 && second.owned === 2);
  await send(0, 200);
  await until('all is read', () => given.length === 200);
  await first.consumer.disconnect();
  await until('one has four', () => second.owned === 4);
  await send(200, 300);
  await until('the rest is read', () => given.length === 300);
  await second.consumer.disconnect();
  assert.deepStrictEqual(given.sort((a, b) => a - b), Array.from({ length: 300 }, (_, i) => i));
  const offsets = await admin.fetchOffsets({ groupId: topic, topics: [topic] });
  assert.strictEqual(offsets[0].partitions.reduce((sum, each) => sum + Number(each.offset), 0), 300);
  assert.strictEqual((await admin.describeGroups([topic])).groups[0].state, 'Empty');
  await admin.deleteGroups([topic]);
  await producer.disconnect();
  await admin.disconnect();
}

async function transactions(kafka) {
  const topic = 'kafkajs-transactions';
  await connected(kafka.producer({ transactionalId: topic, idempotent: true, maxInFlightRequests: 1 }), async (producer) => {
    for (const round of [0, 1, 2]) {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: Array.from({ length: 10 }, (_, i) => ({ value: `${round} ${i}` })) });
      await transaction.sendOffsets({ consumerGroupId: 'kafkajs-offsets',
        topics: [{ topic, partitions: [{ partition: 0, offset: String(round) }] }] });
      await (round === 1 ? transaction.abort() : transaction.commit());
    }
  });
  const got = await read(kafka, topic, 20, { readUncommitted: false });
  assert.deepStrictEqual(got.map((each) => text(each.value)),
    [0, 2].flatMap((round) => Array.from({ length: 10 }, (_, i) => `${round} ${i}`)));
  await connected(kafka.admin(), async (admin) => {
    const offsets = await admin.fetchOffsets({ groupId: 'kafkajs-offsets', topics: [topic] });
    assert.strictEqual(offsets[0].partitions[0].offset, '2');
  });
}

async function admin(kafka) {
  const topic = 'kafkajs-admin';
  await connected(kafka.admin(), async (client) => {
    const wanted = { topic, numPartitions: 3, configEntries: [{ name: 'retention.ms', value: '3600000' }] };
    assert(await client.createTopics({ topics: [wanted] }));
    assert(!(await client.createTopics({ topics: [wanted] })), 'it was there');
    assert((await client.listTopics()).includes(topic));
    await client.createPartitions({ topicPartitions: [{ topic, count: 5 }] });
    const { topics } = await client.fetchTopicMetadata({ topics: [topic] });
    assert.strictEqual(topics[0].partitions.length, 5);
    const { resources } = await client.describeConfigs({ resources: [{ type: 2, name: topic }] });
    const told = resources[0].configEntries.find((each) => each.configName === 'retention.ms');
    assert.strictEqual(told.configValue, '3600000');
    assert.strictEqual((await client.describeCluster()).brokers.length, 1);
    await client.deleteTopics({ topics: [topic] });
    assert(!(await client.listTopics()).includes(topic));
  });
}

ZstdCodec.run((zstd) => {
  const simple = new zstd.Simple();
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: bytes((encoder) => simple.compress(encoder.buffer)),
    decompress: bytes((data) => simple.decompress(data)),
  });
  main((address) => new Kafka({ clientId: 'kafkajs', brokers: [address], logLevel: logLevel.NOTHING }),
    { 'round-trip': roundTrip, groups, transactions, admin });
});
