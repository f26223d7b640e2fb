// node-rdkafka at the Kafka door: of_node_rdkafka.js ADDRESS (round-trip | groups | transactions | admin).
'use strict';
const assert = require('assert');
const { AdminClient, CODES, HighLevelProducer, KafkaConsumer } = require('node-rdkafka');
const { CODECS, comeAndGo, COUNT, key, main, numbers, START, text, until, value } = require('../common');

const TIMEOUT = 20000;
const HEADERS = [{ h: 'ü' }, { h: '' }, { i: '2' }]; // it takes texts and gives bytes:
const READ_HEADERS = [{ h: Buffer.from('ü') }, { h: Buffer.alloc(0) }, { i: Buffer.from('2') }];

const done = (call) => new Promise((resolve, reject) => {
  call((error, result) => (error ? reject(error) : resolve(result)));
});
const refused = (call, code) => assert.rejects(done(call), (error) => error.code === code);

async function using(client, work) {
  await done((cb) => client.connect({}, cb));
  try {
    return await work(client);
  } finally {
    await done((cb) => client.disconnect(cb));
  }
}

const producer = (address, settings, work) => (
  using(new HighLevelProducer({ 'bootstrap.servers': address, 'linger.ms': 5, ...settings }), work));

const consumerOf = (address, group, settings) => {
  const made = new KafkaConsumer({ 'bootstrap.servers': address, 'group.id': group, ...settings },
    { 'auto.offset.reset': 'earliest' });
  made.setDefaultConsumeTimeout(200);
  return made;
};

const reader = (address, settings, work) => (
  using(consumerOf(address, 'unused', { 'enable.auto.commit': false, ...settings }), work));

// The offsets they got.
const send = (client, topic, partition, messages) => Promise.all(messages.map((each) => done((cb) => {
  const body = each.value === null ? null : Buffer.from(each.value);
  client.produce(topic, partition, body, each.key ?? null, each.time, each.headers, cb); // it waits for ever for undefined
})));

// All that is in partition 0, to its end.
async function read(consumer, topic) {
  const got = [];
  let end = null;
  consumer.on('partition.eof', (place) => { end = place.offset; });
  consumer.assign([{ topic, partition: 0, offset: 0 }]);
  await until(`the end of ${topic}`, async () => {
    got.push(...await done((cb) => consumer.consume(COUNT, cb)));
    return end !== null;
  });
  return got;
}

async function roundTrip(address) {
  for (const codec of CODECS) {
    const topic = `node-rdkafka-${codec}`;
    const messages = numbers(0, COUNT).map((i) => ({ key: key(i), value: value(i), time: START + i, headers: HEADERS }));
    await producer(address, { 'compression.codec': codec, 'enable.idempotence': true }, async (client) => {
      assert.deepStrictEqual(await send(client, topic, 0, messages), numbers(0, COUNT), topic);
    });
    await reader(address, { 'enable.partition.eof': true }, async (consumer) => {
      const got = await read(consumer, topic);
      assert.strictEqual(got.length, COUNT, topic);
      got.forEach((message, i) => {
        const told = [message.offset, text(message.key), text(message.value), message.timestamp];
        assert.deepStrictEqual(told, [i, key(i), value(i), START + i], topic);
        assert.deepStrictEqual(message.headers, READ_HEADERS, topic);
      });
      assert.deepStrictEqual(await done((cb) => consumer.queryWatermarkOffsets(topic, 0, TIMEOUT, cb)),
        { lowOffset: 0, highOffset: COUNT });
      const [place] = await done((cb) => consumer.offsetsForTimes([{ topic, partition: 0, offset: START + 100 }], TIMEOUT, cb));
      assert.strictEqual(place.offset, 100);
    });
  }
}

// A member of a group that keeps what it is given until it is told to go.
async function member(address, topic, strategy, given) {
  const consumer = consumerOf(address, `${topic} group`, {
    'partition.assignment.strategy': strategy, 'rebalance_cb': true, 'session.timeout.ms': 6000, 'heartbeat.interval.ms': 300,
    'auto.commit.interval.ms': 200 });
  await done((cb) => consumer.connect({}, cb));
  consumer.subscribe([topic]);
  let here = true;
  const work = (async () => {
    while (here) {
      given.push(...(await done((cb) => consumer.consume(100, cb))).map((message) => Number(text(message.value))));
    }
    await done((cb) => consumer.disconnect(cb));
  })();
  const owned = () => consumer.assignments().length;
  const go = () => {
    here = false;
    return work;
  };
  return { owned, go };
}

// What was committed is not read again.
async function group(address, strategy) {
  const topic = `node-rdkafka-${strategy}`;
  await create(address, { topic, num_partitions: 4, replication_factor: 1 });
  const given = await producer(address, {}, (client) => comeAndGo((all) => member(address, topic, strategy, all),
    (i) => send(client, topic, i % 4, [{ value: String(i) }])));
  assert.deepStrictEqual(given, numbers(0, 300), strategy);
  await using(consumerOf(address, `${topic} group`, {}), async (consumer) => {
    const places = numbers(0, 4).map((partition) => ({ topic, partition }));
    const committed = await done((cb) => consumer.committed(places, TIMEOUT, cb));
    assert.deepStrictEqual(committed.map((place) => place.offset), [75, 75, 75, 75], strategy);
  });
}

async function groups(address) {
  await group(address, 'range');
  await group(address, 'cooperative-sticky');
}

// What a member of a group reads is written elsewhere, ten at a time, with its offset; what is aborted is done again.
async function transactions(address) {
  const [from, to] = ['node-rdkafka-from', 'node-rdkafka-to'];
  const settings = { 'transactional.id': 'node-rdkafka' };
  await producer(address, {}, (client) => send(client, from, 0, numbers(0, 30).map((i) => ({ value: String(i) }))));
  await reader(address, { 'group.id': 'node-rdkafka-group', rebalance_cb: true }, async (consumer) => {
    consumer.subscribe([from]);
    const taken = [];
    await until(`${from} is read`, async () => {
      taken.push(...(await done((cb) => consumer.consume(30, cb))).map((message) => text(message.value)));
      return taken.length === 30;
    });
    const place = { topic: from, partition: 0 };
    const committed = async () => (await done((cb) => consumer.committed([place], TIMEOUT, cb)))[0].offset;
    await producer(address, settings, async (client) => {
      await done((cb) => client.initTransactions(TIMEOUT, cb));
      for (const [start, commits] of [[0, true], [10, false], [10, true], [20, true]]) {
        await done((cb) => client.beginTransaction(cb));
        await send(client, to, 0, taken.slice(start, start + 10).map((value) => ({ value: `${value} ${commits}` })));
        await done((cb) => client.sendOffsetsToTransaction([{ ...place, offset: start + 10 }], consumer, TIMEOUT, cb));
        await done((cb) => (commits ? client.commitTransaction(TIMEOUT, cb) : client.abortTransaction(TIMEOUT, cb)));
        assert.strictEqual(await committed(), commits ? start + 10 : start);
      }
      await done((cb) => client.beginTransaction(cb));
      await producer(address, settings, (next) => done((cb) => next.initTransactions(TIMEOUT, cb)));
      await assert.rejects(send(client, to, 0, [{ value: 'of the one before' }]));
      await refused((cb) => client.commitTransaction(TIMEOUT, cb), CODES.ERRORS.ERR__FENCED);
    });
  });
  const ending = { 'enable.partition.eof': true };
  await reader(address, { ...ending, 'isolation.level': 'read_committed' }, async (consumer) => {
    assert.deepStrictEqual((await read(consumer, to)).map((each) => text(each.value)), numbers(0, 30).map((i) => `${i} true`));
  });
  await reader(address, { ...ending, 'isolation.level': 'read_uncommitted' }, async (consumer) => {
    assert.strictEqual((await read(consumer, to)).length, 40);
  });
}

async function administer(address, work) {
  const client = AdminClient.create({ 'bootstrap.servers': address });
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
}

const create = (address, topic) => administer(address, (client) => done((cb) => client.createTopic(topic, TIMEOUT, cb)));

async function admin(address) {
  const topic = 'node-rdkafka-admin';
  const wanted = { topic, num_partitions: 3, replication_factor: 1, config: { 'retention.ms': '3600000' } };
  const { ERR_INVALID_CONFIG, ERR_INVALID_PARTITIONS, ERR_TOPIC_ALREADY_EXISTS, ERR_UNKNOWN_TOPIC_OR_PART } = CODES.ERRORS;
  await reader(address, {}, (asked) => administer(address, async (client) => {
    const partitions = async () => {
      const { brokers, topics } = await done((cb) => asked.getMetadata({ allTopics: true, timeout: TIMEOUT }, cb));
      assert.strictEqual(brokers.length, 1);
      return topics.find((each) => each.name === topic)?.partitions.length;
    };
    const grow = (count) => (cb) => client.createPartitions(topic, count, TIMEOUT, cb);
    await refused((cb) => client.createTopic({ ...wanted, config: { 'retention.ms': 'long' } }, TIMEOUT, cb), ERR_INVALID_CONFIG);
    await done((cb) => client.createTopic(wanted, TIMEOUT, cb));
    await refused((cb) => client.createTopic(wanted, TIMEOUT, cb), ERR_TOPIC_ALREADY_EXISTS);
    assert.strictEqual(await partitions(), 3);
    await done(grow(5));
    await refused(grow(4), ERR_INVALID_PARTITIONS);
    assert.strictEqual(await partitions(), 5);
    await done((cb) => client.deleteTopic(topic, TIMEOUT, cb));
    await refused((cb) => client.deleteTopic(topic, TIMEOUT, cb), ERR_UNKNOWN_TOPIC_OR_PART);
    assert.strictEqual(await partitions(), undefined);
  }));
}

main((address) => address, { 'round-trip': roundTrip, groups, transactions, admin });
