import type { Request, Routes } from '../kit/router.ts';
import { type Job, STATE_NUMBERS } from './job.ts';
import type { Service } from './service.ts';

const JOBS = '/v1/projects/{project}/locations/{location}/jobs';

/** The REST transport. Clients that add `enum-encoding=int` to `$alt` get enums as numbers. */
export function restRoutes(service: Service): Routes {
  return {
    [`POST ${JOBS}`]: async (request) => reply(request, service.create(parent(request), await request.json())),
    [`GET ${JOBS}`]: (request) => {
      const size = Number(request.query.get('pageSize') ?? request.query.get('page_size') ?? 0);
      const token = request.query.get('pageToken') ?? request.query.get('page_token') ?? '';
      const { jobs, ...rest } = service.list(parent(request), size, token);
      return { body: { jobs: jobs.map((job) => encode(request, job)), ...rest } };
    },
    [`GET ${JOBS}/{job}`]: (request) => reply(request, service.get(name(request))),
    [`PATCH ${JOBS}/{job}`]: async (request) => {
      const mask = request.query.getAll('updateMask').concat(request.query.getAll('update_mask'));
      const paths = mask.flatMap((paths) => paths.split(',')).filter((path) => path !== '');
      return reply(request, service.update(name(request), await request.json(), paths));
    },
    [`DELETE ${JOBS}/{job}`]: (request) => {
      service.delete(name(request));
      return { body: {} };
    },
    [`POST ${JOBS}/{job}:run`]: (request) => reply(request, service.run(name(request))),
    [`POST ${JOBS}/{job}:pause`]: (request) => reply(request, service.pause(name(request))),
    [`POST ${JOBS}/{job}:resume`]: (request) => reply(request, service.resume(name(request))),
  };
}

function parent({ params: { project = '', location = '' } }: Request): string {
  return `projects/${project}/locations/${location}`;
}

function name(request: Request): string {
  return `${parent(request)}/jobs/${request.params['job'] ?? ''}`;
}

function reply(request: Request, job: Job): { body: object } {
  return { body: encode(request, job) };
}

function encode(request: Request, job: Job): object {
  const numbers = request.query.get('$alt')?.includes('enum-encoding=int') ?? false;
  return numbers ? { ...job, state: STATE_NUMBERS[job.state] } : job;
}
