import { allAsk, type OwnApi, onAnything, type Service, service } from '../../service/service.ts'
import { deleteEvaluationTerms, getEvaluationTerms, putEvaluationTerms } from './evaluation-terms.ts'
import { getEvaluation, listEvaluations, stopEvaluation } from './evaluation-view.ts'
import { startEvaluation } from './start-evaluation.ts'

/** Products on a buyer's own data before they are bought. AWS has nothing like it; this API is ours, see `docs/evaluations.md`. */
export const createEvaluationService = (): Service =>
  service<OwnApi, object>({
    model: 'marketplace-evaluations',
    parts: () => ({}),
    operations: allAsk<OwnApi, object>(onAnything('aws-marketplace'), {
      PutEvaluationTerms: putEvaluationTerms,
      GetEvaluationTerms: getEvaluationTerms,
      DeleteEvaluationTerms: deleteEvaluationTerms,
      StartEvaluation: startEvaluation,
      GetEvaluation: getEvaluation,
      ListEvaluations: listEvaluations,
      StopEvaluation: stopEvaluation,
    }),
  })
