import { expect, test } from 'vitest'
import { migrate } from '../../src/lib/migrate.ts'
import { nodeSql } from '../support/node-sql.ts'

test('steps are applied once, in order, and new ones are added later', () => {
  const storage = nodeSql()
  const steps = ['create table a (x integer); insert into a values (1)', 'insert into a values (2)']
  migrate(storage, steps.slice(0, 1))
  migrate(storage, steps)
  migrate(storage, steps)
  expect(storage.sql.exec('select x from a order by x').toArray()).toEqual([{ x: 1 }, { x: 2 }])
})

test('a step that fails leaves the database as it was', () => {
  const storage = nodeSql()
  expect(() => migrate(storage, ['create table a (x integer)', 'insert into nowhere values (1)'])).toThrow('nowhere')
  expect(storage.sql.exec("select name from sqlite_master where name = 'a'").toArray()).toEqual([])
  migrate(storage, ['create table a (x integer)'])
})
