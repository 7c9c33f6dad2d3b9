/* A server's view of a SavedModel: TensorFlow's C API, and no Python in the process.

   serve FOLDER TEXT_INPUT LABEL_OUTPUT SCORE_OUTPUT TEXT...

   An input or output is a graph tensor, "operation:index". Prints one line for each text: the
   label, a tab, the score with 9 digits. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tensorflow/c/c_api.h"
#include "tensorflow/c/tf_tstring.h"

static TF_Status *status;

static void must(int holds, const char *what) {
  if (holds) return;
  fprintf(stderr, "%s: %s\n", what, TF_Message(status));
  exit(1);
}

static int ok(void) { return TF_GetCode(status) == TF_OK; }

static TF_Output tensor_named(TF_Graph *graph, char *name) {
  char *colon = strrchr(name, ':');
  must(colon != NULL, name);
  *colon = 0;
  TF_Output output = {TF_GraphOperationByName(graph, name), atoi(colon + 1)};
  must(output.oper != NULL, name);
  return output;
}

int main(int count, char **arguments) {
  status = TF_NewStatus();
  must(count >= 5, "usage: serve FOLDER TEXT_INPUT LABEL_OUTPUT SCORE_OUTPUT TEXT...");
  const char *tags[] = {"serve"};
  TF_Graph *graph = TF_NewGraph();
  TF_SessionOptions *options = TF_NewSessionOptions();
  TF_Session *session =
      TF_LoadSessionFromSavedModel(options, NULL, arguments[1], tags, 1, graph, NULL, status);
  must(ok(), arguments[1]);

  int64_t batch = count - 5;
  TF_Tensor *text = TF_AllocateTensor(TF_STRING, &batch, 1, batch * sizeof(TF_TString));
  TF_TString *strings = TF_TensorData(text);
  for (int i = 0; i < batch; i++) {
    TF_StringInit(&strings[i]);
    TF_StringCopy(&strings[i], arguments[5 + i], strlen(arguments[5 + i]));
  }

  TF_Output input = tensor_named(graph, arguments[2]);
  TF_Output outputs[] = {tensor_named(graph, arguments[3]), tensor_named(graph, arguments[4])};
  TF_Tensor *values[2] = {NULL, NULL};
  TF_SessionRun(session, NULL, &input, &text, 1, outputs, values, 2, NULL, 0, NULL, status);
  must(ok(), "run");
  for (int k = 0; k < 2; k++)
    must(TF_NumDims(values[k]) == 1 && TF_Dim(values[k], 0) == batch, "shape");
  must(TF_TensorType(values[0]) == TF_STRING && TF_TensorType(values[1]) == TF_FLOAT, "dtype");

  const TF_TString *labels = TF_TensorData(values[0]);
  const float *scores = TF_TensorData(values[1]);
  for (int i = 0; i < batch; i++) {
    size_t size = TF_StringGetSize(&labels[i]);
    printf("%.*s\t%.9g\n", (int)size, TF_StringGetDataPointer(&labels[i]), scores[i]);
  }
  TF_DeleteTensor(text);
  for (int k = 0; k < 2; k++) TF_DeleteTensor(values[k]);
  TF_CloseSession(session, status);
  TF_DeleteSession(session, status);
  TF_DeleteSessionOptions(options);
  TF_DeleteGraph(graph);
  TF_DeleteStatus(status);
  return 0;
}
