import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTemplate, recordConfig } from './config-versions.ts';
import { Connection } from './connection.ts';
import { bundledMigrations, migrate } from './migrate.ts';

function database(t: { after(end: () => void): void }, newest: number): Connection {
  const db = new Connection(':memory:');
  t.after(() => db.close());
  const migrations = bundledMigrations().filter(({ version }) => version <= newest);
  migrate(db, migrations);
  return db;
}

test('a database that an older version left behind has no templates, and can be read', (t) => {
  const db = database(t, 5);
  db.run("INSERT INTO config_versions (version, at, file, text) VALUES ('aa', 1, '/f', '')");
  assert.equal(readTemplate(db, { version: 'aa', instance: 'p' }), null);
});

test('templates are added to the version that is in force, where they are missing or others', (t) => {
  const db = database(t, 9_999);
  db.run("INSERT INTO config_versions (version, at, file, text) VALUES ('aa', 1, '/f', '')");
  const config = { version: 'aa', file: '/f', text: '' };
  const template = (instance: string) => readTemplate(db, { version: 'aa', instance });
  assert.equal(template('p'), null);
  recordConfig(db, { ...config, templates: { p: 1 } }, 2);
  assert.deepEqual([template('p'), template('q'), template('toString')], [1, null, null]);
  const { written } = db;
  recordConfig(db, { ...config, templates: { p: 1 } }, 3);
  assert.equal(db.written, written, 'nothing is written for what is there');
  recordConfig(db, { ...config, templates: { p: 2 } }, 4);
  assert.equal(template('p'), 2);
  assert.equal(db.get<{ count: number }>('SELECT count(*) AS count FROM config_versions')?.count, 1);
});
