// @confluentinc/kafka-javascript at the Kafka door, by its interface after KafkaJS:
// of_confluent_javascript.js ADDRESS (round-trip | groups | transactions | admin).
'use strict';
const assert = require('assert');
const { KafkaJS, RdKafka } = require('@confluentinc/kafka-javascript');
const { CODECS, comeAndGo, connected, COUNT, key, main, numbers, START, text, until, value } = require('../common');

const HEADERS = { h: [Buffer.from([0, 255]), Buffer.alloc(0)], i: Buffer.from('2') };

// Reads a topic with one partition until it has so many records.
async function read(kafka, topic, count, settings = {}) {
  const got = [];
  const kafkaJS = { groupId: `${topic} reader`, fromBeginning: true, ...settings };
  await connected(kafka.consumer({ kafkaJS }), async (consumer) => {
    await consumer.subscribe({ topics: [topic] });
    await consumer.run({ eachMessage: async ({ message }) => got.push(message) });
    await until(`${topic} is read`, () => got.length >= count);
  });
  return got;
}

async function roundTrip(kafka) {
  for (const codec of CODECS) {
    const topic = `confluent-javascript-${codec}`;
    const messages = numbers(0, COUNT).map((i) => (
      { key: key(i), value: value(i), headers: HEADERS, timestamp: String(START + i), partition: 0 }));
    const settings = { kafkaJS: { compression: codec, idempotent: true }, 'linger.ms': 5 };
    await connected(kafka.producer(settings), async (producer) => {
      const [told] = await producer.send({ topic, messages });
      assert.deepStrictEqual([told.topicName, told.partition, told.errorCode, told.baseOffset], [topic, 0, 0, '0']);
    });
    const got = await read(kafka, topic, COUNT);
    assert.strictEqual(got.length, COUNT, topic);
    got.forEach((message, i) => {
      const told = [message.offset, text(message.key), text(message.value), message.timestamp];
      assert.deepStrictEqual(told, [String(i), key(i), value(i), String(START + i)], topic);
      assert.deepStrictEqual(message.headers, HEADERS, topic);
    });
    await connected(kafka.admin(), async (admin) => {
      const [{ high, low }] = await admin.fetchTopicOffsets(topic);
      assert.deepStrictEqual([low, high], ['0', String(COUNT)], topic);
      assert.strictEqual((await admin.fetchTopicOffsetsByTimestamp(topic, START + 100))[0].offset, '100', topic);
    });
  }
}

async function member(kafka, topic, settings, given) {
  const kafkaJS = { groupId: `${topic} group`, fromBeginning: true, autoCommitInterval: 200 };
  const consumer = kafka.consumer({ kafkaJS, ...settings });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic] });
  await consumer.run({ eachMessage: async ({ message }) => given.push(Number(text(message.value))) });
  return { owned: () => consumer.assignment().length, go: () => consumer.disconnect() };
}

// What was committed is not read again.
async function group(kafka, protocol, type, settings) {
  const topic = `confluent-javascript-${protocol}`;
  await connected(kafka.admin(), async (admin) => {
    await admin.createTopics({ topics: [{ topic, numPartitions: 4 }] });
    const given = await connected(kafka.producer({ 'linger.ms': 5 }), (producer) => comeAndGo(
      (all) => member(kafka, topic, { 'group.protocol': protocol, ...settings }, all),
      (i) => producer.send({ topic, messages: [{ value: String(i), partition: i % 4 }] })));
    assert.deepStrictEqual(given, numbers(0, 300), protocol);
    const groupId = `${topic} group`;
    const [{ partitions }] = await admin.fetchOffsets({ groupId, topics: [topic] });
    assert.deepStrictEqual(partitions.map((each) => each.offset), ['75', '75', '75', '75'], protocol);
    const listed = (await admin.listGroups()).groups.find((each) => each.groupId === groupId);
    const [described] = (await admin.describeGroups([groupId])).groups;
    const empty = KafkaJS.ConsumerGroupStates.EMPTY;
    assert.deepStrictEqual([listed.type, listed.state, described.state], [type, empty, empty], protocol);
    await admin.deleteGroups([groupId]);
    assert(!(await admin.listGroups()).groups.some((each) => each.groupId === groupId), protocol);
  });
}

async function groups(kafka) {
  const { CLASSIC, CONSUMER } = KafkaJS.ConsumerGroupTypes;
  await group(kafka, 'classic', CLASSIC, { 'session.timeout.ms': 6000, 'heartbeat.interval.ms': 300 });
  await group(kafka, 'consumer', CONSUMER, {});
}

// Of three rounds the second is aborted, with the offset that was sent in it.
async function transactions(kafka) {
  const topic = 'confluent-javascript-transactions';
  const settings = { kafkaJS: { transactionalId: topic, idempotent: true } };
  const consumer = kafka.consumer({ kafkaJS: { groupId: 'confluent-javascript-offsets' } });
  await connected(consumer, () => connected(kafka.producer(settings), async (producer) => {
    const committed = async () => (await consumer.committed([{ topic, partition: 0 }], 20000))[0].offset;
    for (const round of [0, 1, 2]) {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: numbers(0, 10).map((i) => ({ value: `${round} ${i}`, partition: 0 })) });
      await transaction.sendOffsets({ consumer, topics: [{ topic, partitions: [{ partition: 0, offset: String(round + 1) }] }] });
      await (round === 1 ? transaction.abort() : transaction.commit());
      assert.strictEqual(await committed(), ['1', '1', '3'][round]);
    }
    await producer.transaction();
    await connected(kafka.producer(settings), () => {});
    await assert.rejects(producer.send({ topic, messages: [{ value: 'of the one before', partition: 0 }] }));
    await assert.rejects(producer.commit(), (error) => error.code === KafkaJS.ErrorCodes.ERR__FENCED);
  }));
  const got = await read(kafka, topic, 20);
  assert.deepStrictEqual(got.map((each) => text(each.value)),
    [0, 2].flatMap((round) => numbers(0, 10).map((i) => `${round} ${i}`)));
  assert.strictEqual((await read(kafka, topic, 30, { readUncommitted: true, groupId: 'confluent-javascript-all' })).length, 30);
}

async function admin(kafka, address) {
  const topic = 'confluent-javascript-admin';
  const more = RdKafka.AdminClient.create({ 'bootstrap.servers': address }); // what the other one cannot do
  await connected(kafka.admin(), async (client) => {
    const partitions = async () => (await client.fetchTopicMetadata({ topics: [topic] }))[0].partitions.length;
    const wanted = { topic, numPartitions: 3, configEntries: [{ name: 'retention.ms', value: '3600000' }] };
    assert(await client.createTopics({ topics: [wanted] }));
    assert(!(await client.createTopics({ topics: [wanted] })), 'it was there');
    assert((await client.listTopics()).includes(topic));
    assert.strictEqual(await partitions(), 3);
    await new Promise((resolve, reject) => {
      more.createPartitions(topic, 5, 20000, (error) => (error ? reject(error) : resolve()));
    });
    assert.strictEqual(await partitions(), 5);
    await connected(kafka.producer(), (producer) => producer.send({ topic, messages: numbers(0, 10).map((i) => (
      { value: String(i), partition: 4 })) }));
    await client.deleteTopicRecords({ topic, partitions: [{ partition: 4, offset: '7' }] });
    const [{ low, high }] = (await client.fetchTopicOffsets(topic)).filter((each) => each.partition === 4);
    assert.deepStrictEqual([low, high], ['7', '10']);
    await client.deleteTopics({ topics: [topic] });
    assert(!(await client.listTopics()).includes(topic));
    await assert.rejects(client.deleteTopics({ topics: [topic] }), (error) => (
      error.code === KafkaJS.ErrorCodes.ERR_UNKNOWN_TOPIC_OR_PART));
  });
  more.disconnect();
}

main((address) => new KafkaJS.Kafka({ kafkaJS: { brokers: [address], logLevel: KafkaJS.logLevel.NOTHING } }),
  { 'round-trip': roundTrip, groups, transactions, admin });
